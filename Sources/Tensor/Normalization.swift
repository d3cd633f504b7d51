/// Layer normalisation over the features of each row of [time, features], then a factor and a summand for each feature.
public struct LayerNorm: Sendable {
  public let weight: [Float]
  public let bias: [Float]
  public let epsilon: Float

  public init(weight: [Float], bias: [Float], epsilon: Float) {
    precondition(weight.count == bias.count, "a weight and a bias for each feature")
    self.weight = weight
    self.bias = bias
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Matrix) -> Matrix {
    precondition(x.columns == weight.count, "a norm of \(weight.count) features is given \(x.columns)")
    var y = x
    for (row, moments) in x.moments().enumerated() {
      let scale = 1 / (moments.variance + Double(epsilon)).squareRoot()
      for column in 0..<x.columns {
        let index = row * x.columns + column
        y.values[index] = Float((Double(x.values[index]) - moments.mean) * scale) * weight[column] + bias[column]
      }
    }
    return y
  }
}
