import Checkpoint

/// basic-pitch's weights as our file: the initialisers of its ONNX file that matter, F32, under names of our own
/// (`listening.md` 4.1). Kernels are [out, in, time, frequency].
enum BasicPitchConversion {
  static let format = "cantiga-basic-pitch-1"

  /// Our name, the initialiser's, and the shape. Of an initialiser that bears several names, joined by semicolons, the first counts;
  /// two of the norm differ in the second.
  static let tensors: [(name: String, source: String, shape: [Int])] = [
    ("cqt.real", "const_fold_opt__655", [36, 1, 1, 256]),
    ("cqt.imaginary", "const_fold_opt__664", [36, 1, 1, 256]),
    ("cqt.lowpass", "const_fold_opt__734", [1, 1, 1, 256]),
    ("cqt.scale", "model_1/cq_t2010v2_1/Sqrt", [309, 1, 1]),
    ("input.scale", norm + ";" + norm, [1]),
    ("input.shift", norm + ";" + norm + "1", [1]),
    ("contour1.weight", "const_fold_opt__727", [8, 8, 3, 39]),
    ("contour1.bias", "model_1/re_lu_1/Relu", [8]),
    ("contour2.weight", "const_fold_opt__710", [1, 8, 5, 5]),
    ("contour2.bias", "model_1/contours-reduced/BiasAdd/ReadVariableOp", [1]),
    ("note1.weight", "const_fold_opt__738", [32, 1, 7, 7]),
    ("note1.bias", "model_1/conv2d_2/BiasAdd/ReadVariableOp", [32]),
    ("note2.weight", "const_fold_opt__702", [1, 32, 7, 3]),
    ("note2.bias", "model_1/conv2d_3/BiasAdd/ReadVariableOp", [1]),
    ("onset1.weight", "const_fold_opt__707", [32, 8, 5, 5]),
    ("onset1.bias", "model_1/re_lu_3/Relu", [32]),
    ("onset2.weight", "const_fold_opt__680", [1, 33, 3, 3]),
    ("onset2.bias", "model_1/conv2d_5/BiasAdd/ReadVariableOp", [1]),
  ]
  private static let norm = "model_1/batch_normalization/FusedBatchNormV3"

  static func convert(_ initialisers: ONNXInitialisers, to path: String) throws {
    let file = "basic-pitch's ONNX file"
    let converted = try tensors.map { wanted -> SafetensorsFile.Tensor in
      let names = initialisers.names.filter { name in
        name == wanted.source || (!wanted.source.contains(";") && name.hasPrefix(wanted.source + ";"))
      }
      guard let name = names.first, names.count == 1 else {
        throw CheckpointError.missingTensor(file: file, tensor: wanted.source)
      }
      let tensor = try initialisers.tensor(name)
      guard tensor.type == .float32 else {
        throw CheckpointError.typeMismatch(file: file, tensor: name, expected: "F32", found: tensor.type.rawValue)
      }
      guard tensor.shape == wanted.shape else {
        throw CheckpointError.shapeMismatch(file: file, tensor: name, expected: wanted.shape, found: tensor.shape)
      }
      return .init(name: wanted.name, type: .float32, shape: tensor.shape, bytes: tensor.bytes)
    }
    try SafetensorsFile.write(converted, metadata: ["format": format], to: path)
  }
}
