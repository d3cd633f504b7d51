/// A weight tensor of the voice network: its name here and in the ONNX file (`singer.md` appendix B).
struct KokoroWeight {
  enum Kind: String {
    /// [out, in, taps]
    case convolution = "conv"
    /// [in, out / groups, taps]
    case transposedConvolution = "transposed"
    /// [in, out]
    case linear
    /// [direction, in, 4 x hidden], gates in the order input, output, forget, cell
    case lstm
    /// [rows, columns]
    case embedding
    /// Anything in one dimension that isn't a bias.
    case vector
  }
  /// The layer's canonical name.
  let layer: String
  let kind: Kind
  let shape: [Int]
  /// The integer that stands for zero; nil where the weights are floats.
  let zeroPoint: Int?
  /// Names in the ONNX file.
  let tensor: String
  let bias: String?

  /// All of them.
  static let all: [KokoroWeight] = table.split(separator: "\n").compactMap(KokoroWeight.init)

  /// A row: layer, kind, shape, zero point, tensor, bias. A dash stands for none, an equals sign for the regular name.
  private init?(_ row: Substring) {
    let fields = row.split(separator: " ").map(String.init)
    guard fields.count == 6, let kind = Kind(rawValue: fields[1]) else { return nil }
    layer = fields[0]
    self.kind = kind
    shape = fields[2].split(separator: "x").compactMap { Int($0) }
    zeroPoint = Int(fields[3])
    let base = layer.hasPrefix("decoder.") ? "decoder." + layer : "encoder." + layer
    let ending = kind == .vector ? "" : fields[3] == "-" ? ".weight" : ".weight_quantized"
    tensor = fields[4] == "=" ? base + ending : fields[4]
    bias = fields[5] == "-" ? nil : fields[5] == "=" ? base + ".bias" : fields[5]
  }

  private static let table = """
    bert.embedding_hidden_mapping_in linear 128x768 0 onnx::MatMul_6547_quantized encoder.bert.encoder.embedding_hidden_mapping_in.bias
    bert.embeddings.LayerNorm.bias vector 128 - = -
    bert.embeddings.LayerNorm.weight vector 128 - = -
    bert.embeddings.position_embeddings embedding 512x128 0 = -
    bert.embeddings.token_type_embeddings embedding 2x128 0 = -
    bert.embeddings.word_embeddings embedding 178x128 0 = -
    bert.layer.LayerNorm.bias vector 768 - encoder.bert.encoder.albert_layer_groups.0.albert_layers.0.attention.LayerNorm.bias -
    bert.layer.LayerNorm.weight vector 768 - encoder.bert.encoder.albert_layer_groups.0.albert_layers.0.attention.LayerNorm.weight -
    bert.layer.dense linear 768x768 0 onnx::MatMul_6558_3_quantized encoder.bert.encoder.albert_layer_groups.0.albert_layers.0.attention.dense.bias
    bert.layer.ffn linear 768x2048 0 onnx::MatMul_6559_3_quantized encoder.bert.encoder.albert_layer_groups.0.albert_layers.0.ffn.bias
    bert.layer.ffn_output linear 2048x768 0 onnx::MatMul_6560_3_quantized encoder.bert.encoder.albert_layer_groups.0.albert_layers.0.ffn_output.bias
    bert.layer.full_layer_layer_norm.bias vector 768 - encoder.bert.encoder.albert_layer_groups.0.albert_layers.0.full_layer_layer_norm.bias -
    bert.layer.full_layer_layer_norm.weight vector 768 - encoder.bert.encoder.albert_layer_groups.0.albert_layers.0.full_layer_layer_norm.weight -
    bert.layer.key linear 768x768 0 onnx::MatMul_6551_3_quantized encoder.bert.encoder.albert_layer_groups.0.albert_layers.0.attention.key.bias
    bert.layer.query linear 768x768 0 onnx::MatMul_6548_3_quantized encoder.bert.encoder.albert_layer_groups.0.albert_layers.0.attention.query.bias
    bert.layer.value linear 768x768 0 onnx::MatMul_6554_3_quantized encoder.bert.encoder.albert_layer_groups.0.albert_layers.0.attention.value.bias
    bert_encoder linear 768x512 0 onnx::MatMul_6704_quantized =
    decoder.F0_conv conv 1x1x3 38 /decoder/decoder/Mul_output_0_quantized =
    decoder.N_conv conv 1x1x3 0 /decoder/decoder/Mul_1_output_0_quantized =
    decoder.asr_res conv 64x512x1 65 /decoder/decoder/asr_res/Mul_output_0_quantized decoder.decoder.asr_res.0.bias
    decoder.decode.0.conv1 conv 1024x1090x3 51 /decoder/decoder/decode.0/Mul_output_0_quantized =
    decoder.decode.0.conv1x1 conv 1024x1090x1 69 /decoder/decoder/decode.0/Mul_2_output_0_quantized -
    decoder.decode.0.conv2 conv 1024x1024x3 60 /decoder/decoder/decode.0/Mul_1_output_0_quantized =
    decoder.decode.0.norm1.fc linear 128x2180 0 = =
    decoder.decode.0.norm2.fc linear 128x2048 0 = =
    decoder.decode.1.conv1 conv 1024x1090x3 64 /decoder/decoder/decode.1/Mul_output_0_quantized =
    decoder.decode.1.conv1x1 conv 1024x1090x1 73 /decoder/decoder/decode.1/Mul_2_output_0_quantized -
    decoder.decode.1.conv2 conv 1024x1024x3 68 /decoder/decoder/decode.1/Mul_1_output_0_quantized =
    decoder.decode.1.norm1.fc linear 128x2180 0 = =
    decoder.decode.1.norm2.fc linear 128x2048 0 = =
    decoder.decode.2.conv1 conv 1024x1090x3 69 /decoder/decoder/decode.2/Mul_output_0_quantized =
    decoder.decode.2.conv1x1 conv 1024x1090x1 63 /decoder/decoder/decode.2/Mul_2_output_0_quantized -
    decoder.decode.2.conv2 conv 1024x1024x3 68 /decoder/decoder/decode.2/Mul_1_output_0_quantized =
    decoder.decode.2.norm1.fc linear 128x2180 0 = =
    decoder.decode.2.norm2.fc linear 128x2048 0 = =
    decoder.decode.3.conv1 conv 512x1090x3 76 /decoder/decoder/decode.3/Mul_1_output_0_quantized =
    decoder.decode.3.conv1x1 conv 512x1090x1 82 /decoder/decoder/decode.3/Mul_3_output_0_quantized -
    decoder.decode.3.conv2 conv 512x512x3 84 /decoder/decoder/decode.3/Mul_2_output_0_quantized =
    decoder.decode.3.norm1.fc linear 128x2180 0 = =
    decoder.decode.3.norm2.fc linear 128x1024 0 = =
    decoder.decode.3.pool transposed 1090x1x3 - /decoder/decoder/decode.3/Mul_output_0 =
    decoder.encode.conv1 conv 1024x514x3 51 /decoder/decoder/encode/Mul_output_0_quantized =
    decoder.encode.conv1x1 conv 1024x514x1 72 /decoder/decoder/encode/Mul_2_output_0_quantized -
    decoder.encode.conv2 conv 1024x1024x3 43 /decoder/decoder/encode/Mul_1_output_0_quantized =
    decoder.encode.norm1.fc linear 128x1028 0 = =
    decoder.encode.norm2.fc linear 128x2048 0 = =
    decoder.generator.conv_post conv 22x128x7 - /decoder/decoder/generator/Mul_2_output_0 =
    decoder.generator.m_source.l_linear linear 9x1 - onnx::MatMul_6993 =
    decoder.generator.noise_convs.0 conv 256x22x12 70 = =
    decoder.generator.noise_convs.1 conv 128x22x1 65 = =
    decoder.generator.noise_res.0.adain1.0.fc linear 128x512 0 = =
    decoder.generator.noise_res.0.adain1.1.fc linear 128x512 0 = =
    decoder.generator.noise_res.0.adain1.2.fc linear 128x512 0 = =
    decoder.generator.noise_res.0.adain2.0.fc linear 128x512 0 = =
    decoder.generator.noise_res.0.adain2.1.fc linear 128x512 0 = =
    decoder.generator.noise_res.0.adain2.2.fc linear 128x512 0 = =
    decoder.generator.noise_res.0.alpha1.0 vector 1x256x1 - = -
    decoder.generator.noise_res.0.alpha1.1 vector 1x256x1 - = -
    decoder.generator.noise_res.0.alpha1.2 vector 1x256x1 - = -
    decoder.generator.noise_res.0.alpha2.0 vector 1x256x1 - = -
    decoder.generator.noise_res.0.alpha2.1 vector 1x256x1 - = -
    decoder.generator.noise_res.0.alpha2.2 vector 1x256x1 - = -
    decoder.generator.noise_res.0.convs1.0 conv 256x256x7 63 /decoder/decoder/generator/noise_res.0/Mul_2_output_0_quantized =
    decoder.generator.noise_res.0.convs1.1 conv 256x256x7 70 /decoder/decoder/generator/noise_res.0/Mul_8_output_0_quantized =
    decoder.generator.noise_res.0.convs1.2 conv 256x256x7 79 /decoder/decoder/generator/noise_res.0/Mul_14_output_0_quantized =
    decoder.generator.noise_res.0.convs2.0 conv 256x256x7 60 /decoder/decoder/generator/noise_res.0/Mul_5_output_0_quantized =
    decoder.generator.noise_res.0.convs2.1 conv 256x256x7 71 /decoder/decoder/generator/noise_res.0/Mul_11_output_0_quantized =
    decoder.generator.noise_res.0.convs2.2 conv 256x256x7 70 /decoder/decoder/generator/noise_res.0/Mul_17_output_0_quantized =
    decoder.generator.noise_res.1.adain1.0.fc linear 128x256 0 = =
    decoder.generator.noise_res.1.adain1.1.fc linear 128x256 0 = =
    decoder.generator.noise_res.1.adain1.2.fc linear 128x256 0 = =
    decoder.generator.noise_res.1.adain2.0.fc linear 128x256 0 = =
    decoder.generator.noise_res.1.adain2.1.fc linear 128x256 0 = =
    decoder.generator.noise_res.1.adain2.2.fc linear 128x256 0 = =
    decoder.generator.noise_res.1.alpha1.0 vector 1x128x1 - = -
    decoder.generator.noise_res.1.alpha1.1 vector 1x128x1 - = -
    decoder.generator.noise_res.1.alpha1.2 vector 1x128x1 - = -
    decoder.generator.noise_res.1.alpha2.0 vector 1x128x1 - = -
    decoder.generator.noise_res.1.alpha2.1 vector 1x128x1 - = -
    decoder.generator.noise_res.1.alpha2.2 vector 1x128x1 - = -
    decoder.generator.noise_res.1.convs1.0 conv 128x128x11 76 /decoder/decoder/generator/noise_res.1/Mul_2_output_0_quantized =
    decoder.generator.noise_res.1.convs1.1 conv 128x128x11 63 /decoder/decoder/generator/noise_res.1/Mul_8_output_0_quantized =
    decoder.generator.noise_res.1.convs1.2 conv 128x128x11 61 /decoder/decoder/generator/noise_res.1/Mul_14_output_0_quantized =
    decoder.generator.noise_res.1.convs2.0 conv 128x128x11 69 /decoder/decoder/generator/noise_res.1/Mul_5_output_0_quantized =
    decoder.generator.noise_res.1.convs2.1 conv 128x128x11 64 /decoder/decoder/generator/noise_res.1/Mul_11_output_0_quantized =
    decoder.generator.noise_res.1.convs2.2 conv 128x128x11 65 /decoder/decoder/generator/noise_res.1/Mul_17_output_0_quantized =
    decoder.generator.resblocks.0.adain1.0.fc linear 128x512 0 = =
    decoder.generator.resblocks.0.adain1.1.fc linear 128x512 0 = =
    decoder.generator.resblocks.0.adain1.2.fc linear 128x512 0 = =
    decoder.generator.resblocks.0.adain2.0.fc linear 128x512 0 = =
    decoder.generator.resblocks.0.adain2.1.fc linear 128x512 0 = =
    decoder.generator.resblocks.0.adain2.2.fc linear 128x512 0 = =
    decoder.generator.resblocks.0.alpha1.0 vector 1x256x1 - = -
    decoder.generator.resblocks.0.alpha1.1 vector 1x256x1 - = -
    decoder.generator.resblocks.0.alpha1.2 vector 1x256x1 - = -
    decoder.generator.resblocks.0.alpha2.0 vector 1x256x1 - = -
    decoder.generator.resblocks.0.alpha2.1 vector 1x256x1 - = -
    decoder.generator.resblocks.0.alpha2.2 vector 1x256x1 - = -
    decoder.generator.resblocks.0.convs1.0 conv 256x256x3 64 /decoder/decoder/generator/resblocks.0/Mul_2_output_0_quantized =
    decoder.generator.resblocks.0.convs1.1 conv 256x256x3 54 /decoder/decoder/generator/resblocks.0/Mul_8_output_0_quantized =
    decoder.generator.resblocks.0.convs1.2 conv 256x256x3 72 /decoder/decoder/generator/resblocks.0/Mul_14_output_0_quantized =
    decoder.generator.resblocks.0.convs2.0 conv 256x256x3 62 /decoder/decoder/generator/resblocks.0/Mul_5_output_0_quantized =
    decoder.generator.resblocks.0.convs2.1 conv 256x256x3 64 /decoder/decoder/generator/resblocks.0/Mul_11_output_0_quantized =
    decoder.generator.resblocks.0.convs2.2 conv 256x256x3 66 /decoder/decoder/generator/resblocks.0/Mul_17_output_0_quantized =
    decoder.generator.resblocks.1.adain1.0.fc linear 128x512 0 = =
    decoder.generator.resblocks.1.adain1.1.fc linear 128x512 0 = =
    decoder.generator.resblocks.1.adain1.2.fc linear 128x512 0 = =
    decoder.generator.resblocks.1.adain2.0.fc linear 128x512 0 = =
    decoder.generator.resblocks.1.adain2.1.fc linear 128x512 0 = =
    decoder.generator.resblocks.1.adain2.2.fc linear 128x512 0 = =
    decoder.generator.resblocks.1.alpha1.0 vector 1x256x1 - = -
    decoder.generator.resblocks.1.alpha1.1 vector 1x256x1 - = -
    decoder.generator.resblocks.1.alpha1.2 vector 1x256x1 - = -
    decoder.generator.resblocks.1.alpha2.0 vector 1x256x1 - = -
    decoder.generator.resblocks.1.alpha2.1 vector 1x256x1 - = -
    decoder.generator.resblocks.1.alpha2.2 vector 1x256x1 - = -
    decoder.generator.resblocks.1.convs1.0 conv 256x256x7 61 /decoder/decoder/generator/resblocks.1/Mul_2_output_0_quantized =
    decoder.generator.resblocks.1.convs1.1 conv 256x256x7 56 /decoder/decoder/generator/resblocks.1/Mul_8_output_0_quantized =
    decoder.generator.resblocks.1.convs1.2 conv 256x256x7 58 /decoder/decoder/generator/resblocks.1/Mul_14_output_0_quantized =
    decoder.generator.resblocks.1.convs2.0 conv 256x256x7 71 /decoder/decoder/generator/resblocks.1/Mul_5_output_0_quantized =
    decoder.generator.resblocks.1.convs2.1 conv 256x256x7 59 /decoder/decoder/generator/resblocks.1/Mul_11_output_0_quantized =
    decoder.generator.resblocks.1.convs2.2 conv 256x256x7 77 /decoder/decoder/generator/resblocks.1/Mul_17_output_0_quantized =
    decoder.generator.resblocks.2.adain1.0.fc linear 128x512 0 = =
    decoder.generator.resblocks.2.adain1.1.fc linear 128x512 0 = =
    decoder.generator.resblocks.2.adain1.2.fc linear 128x512 0 = =
    decoder.generator.resblocks.2.adain2.0.fc linear 128x512 0 = =
    decoder.generator.resblocks.2.adain2.1.fc linear 128x512 0 = =
    decoder.generator.resblocks.2.adain2.2.fc linear 128x512 0 = =
    decoder.generator.resblocks.2.alpha1.0 vector 1x256x1 - = -
    decoder.generator.resblocks.2.alpha1.1 vector 1x256x1 - = -
    decoder.generator.resblocks.2.alpha1.2 vector 1x256x1 - = -
    decoder.generator.resblocks.2.alpha2.0 vector 1x256x1 - = -
    decoder.generator.resblocks.2.alpha2.1 vector 1x256x1 - = -
    decoder.generator.resblocks.2.alpha2.2 vector 1x256x1 - = -
    decoder.generator.resblocks.2.convs1.0 conv 256x256x11 43 /decoder/decoder/generator/resblocks.2/Mul_2_output_0_quantized =
    decoder.generator.resblocks.2.convs1.1 conv 256x256x11 68 /decoder/decoder/generator/resblocks.2/Mul_8_output_0_quantized =
    decoder.generator.resblocks.2.convs1.2 conv 256x256x11 53 /decoder/decoder/generator/resblocks.2/Mul_14_output_0_quantized =
    decoder.generator.resblocks.2.convs2.0 conv 256x256x11 67 /decoder/decoder/generator/resblocks.2/Mul_5_output_0_quantized =
    decoder.generator.resblocks.2.convs2.1 conv 256x256x11 84 /decoder/decoder/generator/resblocks.2/Mul_11_output_0_quantized =
    decoder.generator.resblocks.2.convs2.2 conv 256x256x11 70 /decoder/decoder/generator/resblocks.2/Mul_17_output_0_quantized =
    decoder.generator.resblocks.3.adain1.0.fc linear 128x256 0 = =
    decoder.generator.resblocks.3.adain1.1.fc linear 128x256 0 = =
    decoder.generator.resblocks.3.adain1.2.fc linear 128x256 0 = =
    decoder.generator.resblocks.3.adain2.0.fc linear 128x256 0 = =
    decoder.generator.resblocks.3.adain2.1.fc linear 128x256 0 = =
    decoder.generator.resblocks.3.adain2.2.fc linear 128x256 0 = =
    decoder.generator.resblocks.3.alpha1.0 vector 1x128x1 - = -
    decoder.generator.resblocks.3.alpha1.1 vector 1x128x1 - = -
    decoder.generator.resblocks.3.alpha1.2 vector 1x128x1 - = -
    decoder.generator.resblocks.3.alpha2.0 vector 1x128x1 - = -
    decoder.generator.resblocks.3.alpha2.1 vector 1x128x1 - = -
    decoder.generator.resblocks.3.alpha2.2 vector 1x128x1 - = -
    decoder.generator.resblocks.3.convs1.0 conv 128x128x3 88 /decoder/decoder/generator/resblocks.3/Mul_2_output_0_quantized =
    decoder.generator.resblocks.3.convs1.1 conv 128x128x3 68 /decoder/decoder/generator/resblocks.3/Mul_8_output_0_quantized =
    decoder.generator.resblocks.3.convs1.2 conv 128x128x3 74 /decoder/decoder/generator/resblocks.3/Mul_14_output_0_quantized =
    decoder.generator.resblocks.3.convs2.0 conv 128x128x3 61 /decoder/decoder/generator/resblocks.3/Mul_5_output_0_quantized =
    decoder.generator.resblocks.3.convs2.1 conv 128x128x3 56 /decoder/decoder/generator/resblocks.3/Mul_11_output_0_quantized =
    decoder.generator.resblocks.3.convs2.2 conv 128x128x3 83 /decoder/decoder/generator/resblocks.3/Mul_17_output_0_quantized =
    decoder.generator.resblocks.4.adain1.0.fc linear 128x256 0 = =
    decoder.generator.resblocks.4.adain1.1.fc linear 128x256 0 = =
    decoder.generator.resblocks.4.adain1.2.fc linear 128x256 0 = =
    decoder.generator.resblocks.4.adain2.0.fc linear 128x256 0 = =
    decoder.generator.resblocks.4.adain2.1.fc linear 128x256 0 = =
    decoder.generator.resblocks.4.adain2.2.fc linear 128x256 0 = =
    decoder.generator.resblocks.4.alpha1.0 vector 1x128x1 - = -
    decoder.generator.resblocks.4.alpha1.1 vector 1x128x1 - = -
    decoder.generator.resblocks.4.alpha1.2 vector 1x128x1 - = -
    decoder.generator.resblocks.4.alpha2.0 vector 1x128x1 - = -
    decoder.generator.resblocks.4.alpha2.1 vector 1x128x1 - = -
    decoder.generator.resblocks.4.alpha2.2 vector 1x128x1 - = -
    decoder.generator.resblocks.4.convs1.0 conv 128x128x7 69 /decoder/decoder/generator/resblocks.4/Mul_2_output_0_quantized =
    decoder.generator.resblocks.4.convs1.1 conv 128x128x7 64 /decoder/decoder/generator/resblocks.4/Mul_8_output_0_quantized =
    decoder.generator.resblocks.4.convs1.2 conv 128x128x7 47 /decoder/decoder/generator/resblocks.4/Mul_14_output_0_quantized =
    decoder.generator.resblocks.4.convs2.0 conv 128x128x7 60 /decoder/decoder/generator/resblocks.4/Mul_5_output_0_quantized =
    decoder.generator.resblocks.4.convs2.1 conv 128x128x7 72 /decoder/decoder/generator/resblocks.4/Mul_11_output_0_quantized =
    decoder.generator.resblocks.4.convs2.2 conv 128x128x7 80 /decoder/decoder/generator/resblocks.4/Mul_17_output_0_quantized =
    decoder.generator.resblocks.5.adain1.0.fc linear 128x256 0 = =
    decoder.generator.resblocks.5.adain1.1.fc linear 128x256 0 = =
    decoder.generator.resblocks.5.adain1.2.fc linear 128x256 0 = =
    decoder.generator.resblocks.5.adain2.0.fc linear 128x256 0 = =
    decoder.generator.resblocks.5.adain2.1.fc linear 128x256 0 = =
    decoder.generator.resblocks.5.adain2.2.fc linear 128x256 0 = =
    decoder.generator.resblocks.5.alpha1.0 vector 1x128x1 - = -
    decoder.generator.resblocks.5.alpha1.1 vector 1x128x1 - = -
    decoder.generator.resblocks.5.alpha1.2 vector 1x128x1 - = -
    decoder.generator.resblocks.5.alpha2.0 vector 1x128x1 - = -
    decoder.generator.resblocks.5.alpha2.1 vector 1x128x1 - = -
    decoder.generator.resblocks.5.alpha2.2 vector 1x128x1 - = -
    decoder.generator.resblocks.5.convs1.0 conv 128x128x11 56 /decoder/decoder/generator/resblocks.5/Mul_2_output_0_quantized =
    decoder.generator.resblocks.5.convs1.1 conv 128x128x11 76 /decoder/decoder/generator/resblocks.5/Mul_8_output_0_quantized =
    decoder.generator.resblocks.5.convs1.2 conv 128x128x11 67 /decoder/decoder/generator/resblocks.5/Mul_14_output_0_quantized =
    decoder.generator.resblocks.5.convs2.0 conv 128x128x11 61 /decoder/decoder/generator/resblocks.5/Mul_5_output_0_quantized =
    decoder.generator.resblocks.5.convs2.1 conv 128x128x11 72 /decoder/decoder/generator/resblocks.5/Mul_11_output_0_quantized =
    decoder.generator.resblocks.5.convs2.2 conv 128x128x11 67 /decoder/decoder/generator/resblocks.5/Mul_17_output_0_quantized =
    decoder.generator.ups.0 transposed 512x256x20 - /decoder/decoder/generator/Mul_output_0 =
    decoder.generator.ups.1 transposed 256x128x12 - /decoder/decoder/generator/Mul_1_output_0 =
    predictor.F0.0.conv1 conv 512x512x3 60 /encoder/F0.0/Mul_output_0_quantized =
    predictor.F0.0.conv2 conv 512x512x3 67 /encoder/F0.0/Mul_1_output_0_quantized =
    predictor.F0.0.norm1.fc linear 128x1024 0 = =
    predictor.F0.0.norm2.fc linear 128x1024 0 = =
    predictor.F0.1.conv1 conv 256x512x3 67 /encoder/F0.1/Mul_1_output_0_quantized =
    predictor.F0.1.conv1x1 conv 256x512x1 69 /encoder/F0.1/Mul_3_output_0_quantized -
    predictor.F0.1.conv2 conv 256x256x3 69 /encoder/F0.1/Mul_2_output_0_quantized =
    predictor.F0.1.norm1.fc linear 128x1024 0 = =
    predictor.F0.1.norm2.fc linear 128x512 0 = =
    predictor.F0.1.pool transposed 512x1x3 - /encoder/F0.1/Mul_output_0 =
    predictor.F0.2.conv1 conv 256x256x3 62 /encoder/F0.2/Mul_output_0_quantized =
    predictor.F0.2.conv2 conv 256x256x3 44 /encoder/F0.2/Mul_1_output_0_quantized =
    predictor.F0.2.norm1.fc linear 128x512 0 = =
    predictor.F0.2.norm2.fc linear 128x512 0 = =
    predictor.F0_proj conv 1x256x1 62 = =
    predictor.N.0.conv1 conv 512x512x3 58 /encoder/N.0/Mul_output_0_quantized =
    predictor.N.0.conv2 conv 512x512x3 64 /encoder/N.0/Mul_1_output_0_quantized =
    predictor.N.0.norm1.fc linear 128x1024 0 = =
    predictor.N.0.norm2.fc linear 128x1024 0 = =
    predictor.N.1.conv1 conv 256x512x3 55 /encoder/N.1/Mul_1_output_0_quantized =
    predictor.N.1.conv1x1 conv 256x512x1 54 /encoder/N.1/Mul_3_output_0_quantized -
    predictor.N.1.conv2 conv 256x256x3 72 /encoder/N.1/Mul_2_output_0_quantized =
    predictor.N.1.norm1.fc linear 128x1024 0 = =
    predictor.N.1.norm2.fc linear 128x512 0 = =
    predictor.N.1.pool transposed 512x1x3 - /encoder/N.1/Mul_output_0 =
    predictor.N.2.conv1 conv 256x256x3 65 /encoder/N.2/Mul_output_0_quantized =
    predictor.N.2.conv2 conv 256x256x3 61 /encoder/N.2/Mul_1_output_0_quantized =
    predictor.N.2.norm1.fc linear 128x512 0 = =
    predictor.N.2.norm2.fc linear 128x512 0 = =
    predictor.N_proj conv 1x256x1 59 = =
    predictor.duration_proj linear 512x50 0 onnx::MatMul_6886_quantized encoder.predictor.duration_proj.linear_layer.bias
    predictor.lstm.R lstm 2x256x1024 0 onnx::LSTM_6885_quantized -
    predictor.lstm.W lstm 2x640x1024 0 onnx::LSTM_6884_quantized onnx::LSTM_6883
    predictor.shared.R lstm 2x256x1024 0 onnx::LSTM_6982_quantized -
    predictor.shared.W lstm 2x640x1024 0 onnx::LSTM_6981_quantized onnx::LSTM_6980
    predictor.text_encoder.lstms.0.R lstm 2x256x1024 0 onnx::LSTM_6750_quantized -
    predictor.text_encoder.lstms.0.W lstm 2x640x1024 0 onnx::LSTM_6749_quantized onnx::LSTM_6748
    predictor.text_encoder.lstms.1.fc linear 128x1024 0 = =
    predictor.text_encoder.lstms.2.R lstm 2x256x1024 0 onnx::LSTM_6795_quantized -
    predictor.text_encoder.lstms.2.W lstm 2x640x1024 0 onnx::LSTM_6794_quantized onnx::LSTM_6793
    predictor.text_encoder.lstms.3.fc linear 128x1024 0 = =
    predictor.text_encoder.lstms.4.R lstm 2x256x1024 0 onnx::LSTM_6840_quantized -
    predictor.text_encoder.lstms.4.W lstm 2x640x1024 0 onnx::LSTM_6839_quantized onnx::LSTM_6838
    predictor.text_encoder.lstms.5.fc linear 128x1024 0 = =
    text_encoder.cnn.0 conv 512x512x5 69 /encoder/text_encoder/cnn.0/Mul_output_0_quantized encoder.text_encoder.cnn.0.0.bias
    text_encoder.cnn.0.1.beta vector 512 - = -
    text_encoder.cnn.0.1.gamma vector 512 - = -
    text_encoder.cnn.1 conv 512x512x5 63 /encoder/text_encoder/cnn.1/Mul_output_0_quantized encoder.text_encoder.cnn.1.0.bias
    text_encoder.cnn.1.1.beta vector 512 - = -
    text_encoder.cnn.1.1.gamma vector 512 - = -
    text_encoder.cnn.2 conv 512x512x5 60 /encoder/text_encoder/cnn.2/Mul_output_0_quantized encoder.text_encoder.cnn.2.0.bias
    text_encoder.cnn.2.1.beta vector 512 - = -
    text_encoder.cnn.2.1.gamma vector 512 - = -
    text_encoder.embedding embedding 178x512 0 = -
    text_encoder.lstm.R lstm 2x256x1024 0 onnx::LSTM_6931_quantized -
    text_encoder.lstm.W lstm 2x512x1024 0 onnx::LSTM_6930_quantized onnx::LSTM_6929
    """
}
