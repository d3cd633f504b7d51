import Checkpoint
public import Tensor

// Qwen3-Embedding-0.6B (transformers `modeling_qwen3.py`; `acestep.md` 4.4, 5.1): tokens to embedding rows, 28 causal layers, a
// norm. A prompt is read by all of it, lyrics by the table of embeddings alone.

/// The sizes of a Qwen3 model, from its `config.json` (`acestep.md` 2.5).
public struct QwenConfiguration: Sendable, Equatable {
  public var stack: StackConfiguration
  public var vocabulary: Int

  init(stack: StackConfiguration, vocabulary: Int) {
    self.stack = stack
    self.vocabulary = vocabulary
  }

  private struct Fields: Codable {
    struct RopeParameters: Codable {
      var rope_theta: Double?
    }
    var hidden_size: Int?
    var intermediate_size: Int?
    var num_hidden_layers: Int?
    var num_attention_heads: Int?
    var num_key_value_heads: Int?
    var head_dim: Int?
    var vocab_size: Int?
    var rms_norm_eps: Double?
    var rope_theta: Double?
    var rope_parameters: RopeParameters?
    var attention_bias: Bool?
    var hidden_act: String?
  }

  /// - Throws: `CheckpointError` naming file and field.
  public init(path: String) throws {
    let file = try ConfigurationReader<Fields>(path: path)
    let fields = file.fields
    try file.require(fields.attention_bias != true, "attention_bias is set, and attention here has no biases")
    try file.require(fields.hidden_act ?? "silu" == "silu", "hidden_act isn't silu")
    stack = try StackConfiguration(
      hidden: file.integer("hidden_size", fields.hidden_size, in: 1...1 << 16),
      intermediate: file.integer("intermediate_size", fields.intermediate_size, in: 1...1 << 18),
      headsFrom: file, heads: fields.num_attention_heads, keyHeads: fields.num_key_value_heads, headSize: fields.head_dim,
      layers: file.integer("num_hidden_layers", fields.num_hidden_layers, in: 1...256), epsilon: fields.rms_norm_eps,
      ropeTheta: fields.rope_theta ?? fields.rope_parameters?.rope_theta)
    vocabulary = try file.integer("vocab_size", fields.vocab_size, in: 1...1 << 24)
  }
}

/// Text to hidden states: Qwen3 without its head.
public struct TextEncoder: Sendable {
  public let configuration: QwenConfiguration
  private let weights: Weights
  private let stack: TransformerStack

  /// - Parameters:
  ///   - folder: with `config.json` and `model.safetensors` or its shards.
  ///   - precision: of the products.
  /// - Throws: `CheckpointError`.
  public init(folder: String, precision: Precision = .fp32) throws {
    let configuration = try QwenConfiguration(path: folder + "/config.json")
    let files = try SafetensorsFolder(path: folder, name: "model")
    // Some files have the names of a causal model.
    let prefix = files.entry("embed_tokens.weight") == nil && files.entry("model.embed_tokens.weight") != nil ? "model." : ""
    try self.init(
      Weights(TensorLibrary(parts: [.init(prefix: "", folder: files, storedPrefix: prefix)]), precision: precision), configuration)
  }

  init(_ weights: Weights, _ configuration: QwenConfiguration) throws {
    self.weights = weights
    self.configuration = configuration
    stack = try TransformerStack(weights, configuration.stack)
    // The table stays in the file, of which few rows are ever read; it must be there and have its shape.
    _ = try weights.values(Self.table, [configuration.vocabulary, configuration.stack.hidden], rows: [0])
  }

  private static let table = "embed_tokens.weight"

  /// The rows of the embedding table, [tokens, hidden].
  /// - Throws: `TokenError` for a token that the table doesn't have.
  public func embeddings(of tokens: [Int]) throws -> Matrix {
    let (rows, columns) = (configuration.vocabulary, configuration.stack.hidden)
    if let token = tokens.first(where: { $0 < 0 || $0 >= rows }) { throw TokenError(token: token, vocabulary: rows) }
    return Matrix(
      rows: tokens.count, columns: columns, values: try weights.values(Self.table, [rows, columns], rows: tokens))
  }

  /// The last layer's states after the final norm, [tokens, hidden].
  /// - Throws: as `embeddings(of:)`.
  public func callAsFunction(_ tokens: [Int]) throws -> Matrix { stack(try embeddings(of: tokens)) { _ in .causal } }
}

/// A token that a model doesn't know: its tokenizer belongs to another.
public struct TokenError: Error, Equatable, CustomStringConvertible {
  public let token: Int
  public let vocabulary: Int
  public var description: String {
    "The text has token \(token), and the text encoder knows \(vocabulary): its tokenizer belongs to another model."
  }
}
