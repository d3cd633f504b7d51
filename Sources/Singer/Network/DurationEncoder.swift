import Tensor

/// How long each symbol lasts, and the features that pitch and energy are predicted from (`singer.md` 2.3).
struct DurationEncoder {
  private let lstms: [BidirectionalLSTM]
  private let norms: [Linear]
  private let lstm: BidirectionalLSTM
  private let project: Linear

  init(_ weights: Weights) throws {
    let encoder = weights / "text_encoder"
    lstms = try [0, 2, 4].map { try encoder.lstm("lstms.\($0)", 640, hidden: 256) }
    norms = try [1, 3, 5].map { try encoder.linear("lstms.\($0).fc", 128, 1024) }
    lstm = try weights.lstm("lstm", 640, hidden: 256)
    project = try weights.linear("duration_proj", 512, 50)
  }

  /// - Parameters:
  ///   - meaning: [T, 512]
  ///   - style: the predictor's half, 128.
  /// - Returns: the features [T, 640], and durations in frames.
  func callAsFunction(_ meaning: Matrix, style: [Float]) -> (features: Matrix, durations: [Float]) {
    var x = meaning.appendingToRows(style)  // [T, 640]
    for (lstm, norm) in zip(lstms, norms) {
      let styled = norm(style)
      let y = LayerNorm(weight: styled[..<512].map { 1 + $0 }, bias: Array(styled[512...]), epsilon: 1e-5)(lstm(x))
      x = y.appendingToRows(style)
    }
    let bins = project(lstm(x))  // [T, 50]
    return (x, (0..<bins.rows).map { bins.row($0).reduce(0) { $0 + sigmoid($1) } })
  }
}
