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

  /// Activations as a layer sees them.
  static func through(_ x: Activations) -> Matrix {
    let one = (0..<x.columns * x.columns).map { $0 % (x.columns + 1) == 0 ? Float(1) : 0 }
    return Linear(weight: one, layout: .inputsFirst, inputs: x.columns, outputs: x.columns)(x)
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

  /// Heads as wide as the vectors of whole tiles, and others.
  @Test(arguments: [
    KeySpan.all, .causal, .within(3), .within(128), .groups(of: 5, within: 2),
  ], [(1, 1), (7, 7), (130, 130), (300, 300), (130, 517)])
  func attentionOnPackedKeysIsThatOfTheDefinition(_ span: KeySpan, _ lengths: (Int, Int)) {
    if span != .all && lengths.0 != lengths.1 { return }
    for size in [10, 64, 128] {
      let q = Self.noise(lengths.0, 4 * size, seed: 1, scale: 2)
      let (k, v) = (Self.noise(lengths.1, 2 * size, seed: 2, scale: 2), Self.noise(lengths.1, 2 * size, seed: 3))
      let expected = Self.naive(q, k, v, heads: 4, keyHeads: 2, span: span)
      for (precision, tolerance) in [(Precision.fp32, 4e-6), (.bf16, 0.04)] {
        let memory = AttentionMemory(key: k, value: v, heads: 2, precision: precision)
        let found = memory.attend(q, queryHeads: 4, span: span)
        #expect(Self.worst(found, expected) < tolerance, "\(precision), heads of \(size)")
        #expect(ThreadTeam(threads: 3).lead { memory.attend(q, queryHeads: 4, span: span) } == found)
      }
    }
  }

  @Test func attentionToNothingIsNothing() {
    let q = Self.noise(3, 8)
    let none = Matrix(rows: 0, columns: 8)
    #expect(attention(query: q, key: none, value: none, heads: 2, keyHeads: 2).values.allSatisfy { $0 == 0 })
    let memory = AttentionMemory(key: none, value: none, heads: 2, precision: .fp32)
    #expect(memory.attend(q, queryHeads: 2).values.allSatisfy { $0 == 0 })
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
    let adapted = RMSNorm(weight: weight, epsilon: 1e-6)(narrow, scale: scale, shift: shift, for: .fp32)
    #expect(
      Self.worst(
        Self.through(adapted), expected.enumerated().map { $1 * Double(1 + scale[$0 % features]) + Double(shift[$0 % features]) }) < 4e-6)
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

  @Test(arguments: [(1, 3, 5), (7, 64, 64), (40, 256, 96), (200, 128, 200)])
  func gatesAreSmooth(_ rows: Int, _ inputs: Int, _ outputs: Int) {
    let x = Self.noise(rows, inputs, scale: 4)
    let (gate, up) = (Self.noise(outputs, inputs, seed: 2), Self.noise(outputs, inputs, seed: 3))
    for (precision, tolerance) in [(Precision.fp32, 1e-5), (.bf16, 0.01), (.int8, 0.02)] {
      let layer = { Linear(weight: $0, layout: .outputsFirst, inputs: inputs, outputs: outputs, precision: precision) }
      let found = Linear(gate: layer(gate.values), up: layer(up.values))(x)
      let expected = (0..<rows * outputs).map { index in
        let row = x.row(index / outputs).map(Double.init)
        let (one, other) = (
          zip(row, gate.row(index % outputs)).reduce(0) { $0 + $1.0 * Double($1.1) },
          zip(row, up.row(index % outputs)).reduce(0) { $0 + $1.0 * Double($1.1) }
        )
        return one / (1 + exp(-one)) * other
      }
      let scale = expected.map(abs).max() ?? 1
      #expect(found.columns == outputs && Self.worst(found, expected) < tolerance * max(scale, 1), "\(precision)")
    }
  }

  @Test func sumsAreScaledByFeature() {
    let (x, weight, bias) = (Self.noise(9, 130), Self.noise(70, 130, seed: 2), Self.noise(1, 70, seed: 3).values)
    let factor = Self.noise(1, 70, seed: 4).values
    let layer = Linear(weight: weight.values, layout: .outputsFirst, bias: bias, inputs: 130, outputs: 70)
    let y = layer(x)
    var sum = Self.noise(9, 70, seed: 5)
    let expected = sum.values.enumerated().map { Double($1) + Double(factor[$0 % 70]) * Double(y.values[$0]) }
    layer.add(Activations(x, precision: .fp32), scaledBy: factor, to: &sum)
    #expect(Self.worst(sum, expected) < 1e-5)
  }


}
