import Checkpoint
import Foundation
import Secrets

extension Installation {
  /// The files that it is read from, sorted by path: weights, configurations, vocabularies.
  public var files: [String] {
    let folders = [
      path, path + "/transformer", path + "/condition_encoder", path + "/audio_tokenizer", path + "/audio_token_detokenizer",
      autoencoderPath, textEncoderPath, tokenizerPath,
    ]
    var seen: Set<String> = []
    for folder in folders {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names where ["safetensors", "json", "pt", "txt"].contains(URL(fileURLWithPath: name).pathExtension) {
        seen.insert(folder + "/" + name)
      }
    }
    return seen.sorted()
  }

  /// Bytes of all its files.
  public var bytes: Int { files.reduce(0) { $0 + Self.bytes(ofFile: $1) } }

  static func bytes(ofFile path: String) -> Int {
    var facts = stat()
    return unsafe stat(path, &facts) == 0 ? Int(facts.st_size) : 0
  }

  /// Reads all files.
  /// - Parameter progress: is told of the share that is read, 0...1; what it throws ends the reading.
  /// - Throws: `CheckpointError.unreadable`.
  public func hashes(progress: (_ share: Double) throws -> Void = { _ in }) throws -> [String: RegisteredModel.FileHash] {
    let files = files
    let total = Double(max(1, bytes))
    var read = 0
    var hashes: [String: RegisteredModel.FileHash] = [:]
    for file in files {
      let before = read
      guard let hash = try Secrets.sha256(ofFile: file, progress: { piece in
        read += piece
        try progress(min(1, Double(read) / total))
      }) else { throw CheckpointError.unreadable(file: file, reason: "its bytes can't be read") }
      hashes[file] = .init(bytes: read - before, sha256: hash)
    }
    return hashes
  }
}
