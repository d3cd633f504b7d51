import Tensor

/// ALBERT: symbols to what they mean in their sentence (`singer.md` 2.1).
///
///     embeddings [T, 128] -> Linear [T, 768] -> 12 x one layer of attention and feed-forward -> Linear [T, 512]
struct Albert {
  private static let layers = 12
  private static let heads = 12
  private let words, positions, types: Matrix
  private let embeddingNorm: LayerNorm
  private let widen: Linear
  private let query, key, value, dense: Linear
  private let attentionNorm: LayerNorm
  private let feedForward, feedForwardOut: Linear
  private let outputNorm: LayerNorm
  private let project: Linear

  init(_ weights: Weights) throws {
    let bert = weights / "bert"
    let embeddings = bert / "embeddings"
    words = try embeddings.embedding("word_embeddings", Kokoro.symbols, 128)
    positions = try embeddings.embedding("position_embeddings", Kokoro.maximumTokens, 128)
    types = try embeddings.embedding("token_type_embeddings", 2, 128)
    embeddingNorm = try embeddings.layerNorm("LayerNorm.weight", "LayerNorm.bias", 128, epsilon: 1e-12)
    widen = try bert.linear("embedding_hidden_mapping_in", 128, 768)
    let layer = bert / "layer"
    query = try layer.linear("query", 768, 768)
    key = try layer.linear("key", 768, 768)
    value = try layer.linear("value", 768, 768)
    dense = try layer.linear("dense", 768, 768)
    attentionNorm = try layer.layerNorm("LayerNorm.weight", "LayerNorm.bias", 768, epsilon: 1e-12)
    feedForward = try layer.linear("ffn", 768, 2048)
    feedForwardOut = try layer.linear("ffn_output", 2048, 768)
    outputNorm = try layer.layerNorm(
      "full_layer_layer_norm.weight", "full_layer_layer_norm.bias", 768, epsilon: 1e-12)
    project = try weights.linear("bert_encoder", 768, 512)
  }

  /// - Returns: [T, 512]
  func callAsFunction(_ ids: [Int], inspect: Inspect) -> Matrix {
    var e = words.selectingRows(ids)
    e += positions.selectingRows(0..<ids.count)
    e += types.selectingRows(repeatElement(0, count: ids.count))
    var x = widen(embeddingNorm(e))  // [T, 768]
    for _ in 0..<Self.layers {
      var a = dense(attention(query: query(x), key: key(x), value: value(x), heads: Self.heads))
      a += x
      x = attentionNorm(a)
      var h = feedForward(x)  // [T, 2048]
      h.applyGELU()
      h = feedForwardOut(h)
      h += x
      x = outputNorm(h)
    }
    inspect("bert", x)
    let d = project(x)
    inspect("d_en", d)
    return d
  }
}
