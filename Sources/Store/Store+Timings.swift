internal import GRDB

/// How long a stage takes on this machine for each unit of work.
public struct StageRate: Sendable, Hashable {
  /// Seconds a unit: half of the runs were quicker.
  public var median: Double
  /// Seconds a unit: nine in ten were quicker.
  public var p90: Double
  /// How many runs this is drawn from.
  public var runs: Int
}

extension Store {
  private static let timingsKept = 100

  /// Records that an engine's stage took so long for so many units (seconds of music, steps: the engine's own).
  public func recordTiming(engine: String, stage: String, units: Double, seconds: Double) throws {
    try write(.processCrash) { db in
      try db.execute(
        sql: "INSERT INTO stage_timings (engine, stage, units, seconds) VALUES (?, ?, ?, ?)",
        arguments: [engine, stage, units, seconds])
      try db.execute(
        sql: """
          DELETE FROM stage_timings WHERE engine = ?1 AND stage = ?2 AND id <= (
            SELECT id FROM stage_timings WHERE engine = ?1 AND stage = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)
          """, arguments: [engine, stage, Self.timingsKept])
    }
  }

  /// What the last runs took; nil before the first, when no estimate can be honest.
  public func stageRate(engine: String, stage: String) throws -> StageRate? {
    let rates = try readOnce { db in
      try Double.fetchAll(
        db.cachedStatement(
          sql: "SELECT seconds / units FROM stage_timings WHERE engine = ? AND stage = ? ORDER BY 1"),
        arguments: [engine, stage])
    }
    return Self.rate(of: rates)
  }

  /// How long an engine will take for so many units: the sum over its stages; nil before its first run.
  public func estimatedSeconds(engine: String, units: Double) throws -> (median: Double, p90: Double)? {
    var rates: [String: [Double]] = [:]
    try readOnce { db in
      let rows = try Row.fetchCursor(
        db.cachedStatement(sql: "SELECT stage, seconds / units FROM stage_timings WHERE engine = ? ORDER BY 2"),
        arguments: [engine])
      while let row = try rows.next() { rates[row[0], default: []].append(row[1]) }
    }
    let stages = rates.values.compactMap(Self.rate(of:))
    guard !stages.isEmpty else { return nil }
    return (stages.reduce(0) { $0 + $1.median } * units, stages.reduce(0) { $0 + $1.p90 } * units)
  }

  /// - Parameter rates: sorted.
  private static func rate(of rates: [Double]) -> StageRate? {
    guard !rates.isEmpty else { return nil }
    // The nearest rank: the least value that so many of the runs don't exceed.
    func percentile(_ p: Double) -> Double { rates[max(0, Int((p * Double(rates.count)).rounded(.up)) - 1)] }
    return StageRate(median: percentile(0.5), p90: percentile(0.9), runs: rates.count)
  }
}
