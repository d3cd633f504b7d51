import Archive

/// The one tensor of a file that `torch.save` wrote: a ZIP archive with a pickle that describes it and its elements.
///
/// Nothing is executed: the pickle is read by `Unpickler`, which knows tensors and nothing else.
///
///     let latent = try TorchArchive(path: "silence_latent.pt").tensor   // [1, 64, 15000]
public struct TorchArchive: Sendable {
  /// A tensor's shape and its elements, row-major.
  public struct Tensor: Sendable, Equatable {
    public let shape: [Int]
    public let values: [Float]
  }
  public let path: String
  public let tensor: Tensor

  /// - Throws: `CheckpointError.unreadable` or `.malformed`, also where the tensor isn't contiguous or its elements aren't
  ///   F32, F16 or BF16.
  public init(path: String) throws {
    self.path = path
    let malformed = { (reason: String) in CheckpointError.malformed(file: path, reason: reason) }
    do {
      let archive = try ZIPArchive([UInt8](file: path, limit: ZIPArchive.Limits().archiveBytes), path: path)
      let pickles = archive.entries.map(\.name).filter { $0.hasSuffix("/data.pkl") }
      guard let pickle = pickles.first, pickles.count == 1 else { throw malformed("it has \(pickles.count) entries data.pkl") }
      let root = pickle.dropLast("data.pkl".count)
      if archive.entries.contains(where: { $0.name == root + "byteorder" }) {
        guard try archive.bytes(of: root + "byteorder") == Array("little".utf8) else { throw malformed("it isn't little-endian") }
      }
      let described: Unpickler.Tensor
      do throws(PickleFault) {
        described = try Unpickler.tensor(from: try archive.bytes(ofPickle: pickle))
      } catch { throw malformed(error.reason) }
      let bytes = try archive.bytes(of: "\(root)data/\(described.storage)")
      guard let type = ElementType(torchStorage: described.storageType) else {
        throw malformed("its elements are a \(described.storageType)")
      }
      guard let size = TensorEntry(name: "", type: type, shape: described.shape).byteCount,
        let (first, overflow) = Optional(described.offset.multipliedReportingOverflow(by: type.bytes)), !overflow,
        first <= bytes.count, size <= bytes.count - first
      else { throw malformed("its tensor of shape \(described.shape) needs more than the \(bytes.count) bytes there are") }
      guard described.isContiguous else { throw malformed("its tensor isn't contiguous") }
      let elements = Array(bytes[first..<first + size])
      guard let values = unsafe elements.span.bytes.floats(type) else {
        throw malformed("its elements are a \(described.storageType)")
      }
      tensor = Tensor(shape: described.shape, values: values)
    } catch let error as ArchiveError {
      throw malformed("\(error)")
    }
  }
}

extension ZIPArchive {
  /// The bytes of a pickle, as a fault where they can't be had.
  fileprivate func bytes(ofPickle name: String) throws(PickleFault) -> [UInt8] {
    do { return try bytes(of: name) } catch { throw PickleFault("\(error)") }
  }
}

extension ElementType {
  fileprivate init?(torchStorage name: String) {
    switch name {
    case "FloatStorage": self = .float32
    case "HalfStorage": self = .float16
    case "BFloat16Storage": self = .bfloat16
    default: return nil
    }
  }
}
