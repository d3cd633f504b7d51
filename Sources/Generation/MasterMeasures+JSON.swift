public import Audio
public import JSON

extension MasterMeasures {
  /// As it was written with the parameters that a song used; empty where they have none of it.
  public init(used: JSON?) {
    self.init(
      tone: used?["tone"]?.array?.compactMap(\.double), loudness: used?["loudness"]?.double, width: used?["width"]?.double,
      dynamics: used?["dynamics"]?.double)
  }

  /// The members of the used parameters; null for what is not there.
  public var members: JSON.Members {
    func finite(_ value: Double?) -> JSON { .optional(value.flatMap { $0.isFinite ? $0 : nil }) }
    return [
      "tone": tone.map { .array($0.map(JSON.double)) } ?? .null, "loudness": finite(loudness), "width": finite(width),
      "dynamics": finite(dynamics),
    ]
  }
}
