import Checkpoint
import Foundation
import Tensor

/// Whisper's decoder: tokens so far and the encoder's vectors to the next token's logits (`listening.md` 3.4).
struct WhisperDecoder: Sendable {
  private struct Layer {
    let attention: WhisperSelfAttention
    let crossNorm: LayerNorm
    let crossQuery: Linear
    let crossKey: Linear
    let crossValue: Linear
    let crossOutput: Linear
    let feedForward: WhisperFeedForward
  }
  private let layers: [Layer]
  private let positions: Matrix
  private let norm: LayerNorm
  private let output: Linear
  private let file: SafetensorsFile

  init(_ weights: WhisperWeights) throws {
    let (width, vocabulary) = (WhisperConversion.width, WhisperConversion.vocabulary)
    file = weights.file
    layers = try (0..<WhisperConversion.layers).map {
      let name = "decoder/layer_\($0)/"
      let keyValue = try weights.linears(name + "attention/linear_1", 2)
      return Layer(
        attention: try WhisperSelfAttention(weights, name + "self_attention"),
        crossNorm: try weights.norm(name + "attention/layer_norm"),
        crossQuery: try weights.linears(name + "attention/linear_0", 1)[0], crossKey: keyValue[0], crossValue: keyValue[1],
        crossOutput: try weights.linears(name + "attention/linear_2", 1)[0],
        feedForward: try WhisperFeedForward(weights, name + "ffn"))
    }
    positions = try weights.positions("decoder", WhisperConversion.decoderPositions)
    norm = try weights.norm("decoder/layer_norm")
    // The output layer is the embeddings, without a bias.
    output = Linear(
      weight: try file.floats("decoder/embeddings/weight", shape: [vocabulary, width]), layout: .outputsFirst, inputs: width,
      outputs: vocabulary, precision: weights.precision)
  }

  /// A sound as the layers look at it.
  final class Sound: Sendable {
    fileprivate let keys: [Matrix]
    fileprivate let values: [Matrix]

    fileprivate init(keys: [Matrix], values: [Matrix]) { (self.keys, self.values) = (keys, values) }
  }

  /// - Parameter encoded: what the encoder made of the sound.
  func sound(_ encoded: Matrix) -> Sound {
    Sound(keys: layers.map { $0.crossKey(encoded) }, values: layers.map { $0.crossValue(encoded) })
  }

  /// A text about a sound, and what is kept of it from step to step: keys and values of its tokens.
  struct State: Sendable {
    fileprivate let sound: Sound
    fileprivate var keys: [[Float]]
    fileprivate var values: [[Float]]
    fileprivate(set) var count = 0

    /// The beginning of a text.
    init(_ sound: Sound) {
      self.sound = sound
      keys = Array(repeating: [], count: sound.keys.count)
      values = keys
    }
  }

  /// Reads tokens on.
  /// - Parameter cross: told the queries and keys of each layer's look at the sound.
  /// - Returns: a vector for each of them, [tokens, 512], for `logits`.
  func callAsFunction(
    _ tokens: [Int], _ state: inout State, cross: (_ layer: Int, _ query: Matrix, _ key: Matrix) -> Void = { _, _, _ in }
  ) throws -> Matrix {
    let (width, heads) = (WhisperConversion.width, WhisperConversion.heads)
    precondition(state.count + tokens.count <= positions.rows, "at most 448 tokens")
    precondition(tokens.count == 1 || state.count == 0, "several tokens only at the beginning")
    var x = try embeddings(tokens)
    for row in 0..<tokens.count {
      for column in 0..<width { x.values[row * width + column] += positions[state.count + row, column] }
    }
    for (index, layer) in layers.enumerated() {
      let y = layer.attention.norm(x)
      state.keys[index] += layer.attention.key(y).values
      state.values[index] += layer.attention.value(y).values
      let rows = state.count + tokens.count
      let attended = attention(
        query: layer.attention.query(y), key: Matrix(rows: rows, columns: width, values: state.keys[index]),
        value: Matrix(rows: rows, columns: width, values: state.values[index]), heads: heads, keyHeads: heads,
        span: tokens.count == 1 ? .all : .causal)
      layer.attention.output.add(attended, to: &x)
      let query = layer.crossQuery(layer.crossNorm(x))
      cross(index, query, state.sound.keys[index])
      let seen = attention(
        query: query, key: state.sound.keys[index], value: state.sound.values[index], heads: heads, keyHeads: heads)
      layer.crossOutput.add(seen, to: &x)
      layer.feedForward.add(to: &x)
    }
    state.count += tokens.count
    return norm(x)
  }

  /// Reads one token on in each of several texts of one length, those about one sound side by side: the layers' weights are read once
  /// for all, a sound's keys once for its texts.
  /// - Returns: a vector for each text, [texts, 512].
  func step(_ tokens: [Int], _ states: inout [State]) throws -> Matrix {
    let (width, heads) = (WhisperConversion.width, WhisperConversion.heads)
    let position = states[0].count
    precondition(tokens.count == states.count && states.allSatisfy { $0.count == position }, "a token for each text")
    precondition(position < positions.rows, "at most 448 tokens")
    var x = try embeddings(tokens)
    for row in tokens.indices {
      for column in 0..<width { x.values[row * width + column] += positions[position, column] }
    }
    for (index, layer) in layers.enumerated() {
      let y = layer.attention.norm(x)
      let (query, key, value) = (layer.attention.query(y), layer.attention.key(y), layer.attention.value(y))
      var attended: [Float] = []
      attended.reserveCapacity(x.values.count)
      for text in states.indices {
        states[text].keys[index] += key.row(text)
        states[text].values[index] += value.row(text)
        attended += attention(
          query: Matrix(rows: 1, columns: width, values: Array(query.row(text))),
          key: Matrix(rows: position + 1, columns: width, values: states[text].keys[index]),
          value: Matrix(rows: position + 1, columns: width, values: states[text].values[index]), heads: heads, keyHeads: heads
        ).values
      }
      layer.attention.output.add(Matrix(rows: tokens.count, columns: width, values: attended), to: &x)
      let crossQuery = layer.crossQuery(layer.crossNorm(x))
      var seen: [Float] = []
      seen.reserveCapacity(x.values.count)
      var first = 0
      while first < states.count {
        let sound = states[first].sound
        let end = states[first...].firstIndex { $0.sound !== sound } ?? states.count
        let query = Matrix(rows: end - first, columns: width, values: Array(crossQuery.values[first * width..<end * width]))
        seen += attention(query: query, key: sound.keys[index], value: sound.values[index], heads: heads, keyHeads: heads).values
        first = end
      }
      layer.crossOutput.add(Matrix(rows: tokens.count, columns: width, values: seen), to: &x)
      layer.feedForward.add(to: &x)
    }
    for text in states.indices { states[text].count += 1 }
    return norm(x)
  }

  /// The scores of all tokens, [texts, 51,865].
  func logits(_ hidden: Matrix) -> Matrix { output(hidden) }

  /// A row's scores of all 51,865 tokens.
  func logits(_ hidden: Matrix, row: Int) -> [Float] { output(Array(hidden.row(row))) }

  /// Rows of the embeddings, widened from the file.
  private func embeddings(_ tokens: [Int]) throws -> Matrix {
    let width = WhisperConversion.width
    precondition(tokens.allSatisfy { (0..<WhisperConversion.vocabulary).contains($0) }, "a token outside of the vocabulary")
    return try file.withBytes(of: "decoder/embeddings/weight") { entry, span in
      guard entry.type == .float16 else {
        throw CheckpointError.typeMismatch(
          file: file.path, tensor: entry.name, expected: "F16", found: entry.type.rawValue)
      }
      var values: [Float] = []
      values.reserveCapacity(tokens.count * width)
      for token in tokens {
        for column in 0..<width {
          let at = 2 * (token * width + column)
          let bits = UInt16(span[byte: at]) | UInt16(span[byte: at + 1]) << 8
          values.append(Float(Float16(bitPattern: bits)))
        }
      }
      return Matrix(rows: tokens.count, columns: width, values: values)
    }
  }
}

extension RawSpan {
  fileprivate subscript(byte offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < byteCount, "outside the span")
    return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }
}
