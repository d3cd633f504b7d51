import Foundation
import Tensor
import Testing

/// The layers of transformers against plain loops in doubles.
@Suite struct TransformerLayerTests {
  static func noise(_ rows: Int, _ columns: Int, seed: Int = 1, scale: Float = 1) -> Matrix {
    var state = UInt64(truncatingIfNeeded: seed &* 7919 &+ rows &* 31 &+ columns)
    return Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return scale * (Float(state >> 40) / Float(1 << 23) - 1)
      })
  }

  static func worst(_ found: Matrix, _ expected: [Double]) -> Double {
    zip(found.values, expected).reduce(0) { max($0, $1.0.isFinite ? abs(Double($1.0) - $1.1) : .infinity) }
  }

  /// Attention by its definition.
  static func naive(_ q: Matrix, _ k: Matrix, _ v: Matrix, heads: Int, keyHeads: Int, span: KeySpan) -> [Double] {
    let size = q.columns / heads
    var result = [Double](repeating: 0, count: q.values.count)
    for head in 0..<heads {
      let keyHead = head / (heads / keyHeads)
      for row in 0..<q.rows {
        let seen = span.keys(of: row, count: k.rows)
        let scores = seen.map { key in
          (0..<size).reduce(0.0) {
            $0 + Double(q[row, head * size + $1]) * Double(k[key, keyHead * size + $1])
          } / Double(size).squareRoot()
        }
        let highest = scores.max() ?? 0
        let weights = scores.map { exp($0 - highest) }
        let sum = weights.reduce(0, +)
        for (key, weight) in zip(seen, weights) {
          for feature in 0..<size {
            result[row * q.columns + head * size + feature] += weight / sum * Double(v[key, keyHead * size + feature])
          }
        }
      }
    }
    return result
  }

  @Test(arguments: [
    KeySpan.all, .causal, .within(0), .within(3), .within(128), .groups(of: 6, within: 6), .groups(of: 5, within: 2),
  ], [(1, 1), (7, 7), (130, 130), (300, 300), (130, 517)])
  func attentionIsThatOfTheDefinition(_ span: KeySpan, _ lengths: (Int, Int)) {
    if span != .all && lengths.0 != lengths.1 { return }
    let q = Self.noise(lengths.0, 4 * 10, seed: 1, scale: 4)
    let (k, v) = (Self.noise(lengths.1, 2 * 10, seed: 2, scale: 4), Self.noise(lengths.1, 2 * 10, seed: 3))
    let found = attention(query: q, key: k, value: v, heads: 4, keyHeads: 2, span: span)
    #expect(Self.worst(found, Self.naive(q, k, v, heads: 4, keyHeads: 2, span: span)) < 2e-6)
  }

  @Test func attentionToNothingIsNothing() {
    let q = Self.noise(3, 8)
    let none = Matrix(rows: 0, columns: 8)
    #expect(attention(query: q, key: none, value: none, heads: 2, keyHeads: 2).values.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [1, 5, 16, 48, 129]) func rootMeanSquareNorms(_ features: Int) {
    let x = Self.noise(4, 2 * features, scale: 3)
    let weight = Self.noise(1, features, seed: 2).values
    let found = RMSNorm(weight: weight, epsilon: 1e-6)(x)
    let expected = (0..<8).flatMap { group in
      let part = x.values[group * features..<(group + 1) * features].map(Double.init)
      let root = (part.reduce(0) { $0 + $1 * $1 } / Double(features) + 1e-6).squareRoot()
      return zip(part, weight).map { $0 / root * Double($1) }
    }
    #expect(Self.worst(found, expected) < 2e-6)
    let (scale, shift) = (Self.noise(1, features, seed: 3).values, Self.noise(1, features, seed: 4).values)
    let narrow = Matrix(rows: 8, columns: features, values: x.values)
    let adapted = RMSNorm(weight: weight, epsilon: 1e-6)(narrow, scale: scale[...], shift: shift[...])
    #expect(
      Self.worst(
        adapted, expected.enumerated().map { $1 * Double(1 + scale[$0 % features]) + Double(shift[$0 % features]) }) < 4e-6)
  }

  @Test func rotationTurnsPairsOfHalves() {
    var x = Self.noise(9, 2 * 6)
    let before = x
    RotaryEmbedding(size: 6, theta: 1000, positions: 9).apply(to: &x)
    var again = before
    RotaryEmbedding(size: 6, theta: 1000, positions: 3).apply(to: &again, period: 3)
    for row in 0..<9 {
      for head in 0..<2 {
        for i in 0..<3 {
          for (turned, position) in [(x, row), (again, row % 3)] {
            let angle = Double(position) * pow(1000, -Double(2 * i) / 6)
            let (a, b) = (Double(before[row, head * 6 + i]), Double(before[row, head * 6 + i + 3]))
            #expect(abs(Double(turned[row, head * 6 + i]) - (a * cos(angle) - b * sin(angle))) < 1e-6)
            #expect(abs(Double(turned[row, head * 6 + i + 3]) - (b * cos(angle) + a * sin(angle))) < 1e-6)
          }
        }
      }
    }
  }

  @Test func gatesAreSmooth() {
    for count in [1, 15, 16, 37] {
      let (gate, up) = (Self.noise(1, count, scale: 100), Self.noise(1, count, seed: 2))
      var found = gate
      found.applySiLU(times: up)
      let expected = zip(gate.values, up.values).map { Double($0) / (1 + exp(-Double($0))) * Double($1) }
      #expect(zip(found.values, expected).allSatisfy { abs(Double($0) - $1) <= 1e-6 * max(1, abs($1)) })
      found = gate
      found.applySiLU()
      let plain = gate.values.map { Double($0) / (1 + exp(-Double($0))) }
      #expect(zip(found.values, plain).allSatisfy { abs(Double($0) - $1) <= 1e-6 * max(1, abs($1)) })
    }
  }

  @Test func aSnakeMayHaveTwoParameters() {
    let x = Self.noise(2, 37, scale: 5)
    let found = x.mapped(by: ChannelMap(channels: 2, .snakeBeta(frequency: [0.7, 30], magnitude: [2, 0.1])))
    let expected = x.values.enumerated().map { index, x in
      let (frequency, magnitude) = index < 37 ? (0.7, 2.0) : (30, 0.1)
      return Double(x) + pow(sin(frequency * Double(x)), 2) * magnitude
    }
    #expect(Self.worst(found, expected) < 4e-5)
  }
}
