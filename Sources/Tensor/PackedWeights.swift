import Kernels

/// The weights of a linear layer as the kernels want them: packed once into panels of 64 outputs, in a precision
/// (`Kernels/Products.h`).
///
/// A row of the product depends only on its own row of the input.
public struct PackedWeights: Sendable {
  public let inputs: Int
  public let outputs: Int
  public let precision: Precision
  private let storage: Storage

  private enum Storage: Sendable {
    case fp32([Float])
    case bf16([UInt32])
    /// A scale and a sum of the whole numbers for each output.
    case int8([UInt32], scales: [Float], sums: [Int32])
  }

  private static let panel = Int(kernel_panel)

  /// - Parameter weight: inputs x outputs numbers in that layout.
  public init(_ weight: [Float], layout: Linear.Layout, inputs: Int, outputs: Int, precision: Precision = .fp32) {
    precondition(inputs > 0 && outputs > 0 && weight.count == inputs * outputs, "a weight for each input and output")
    self.inputs = inputs
    self.outputs = outputs
    self.precision = precision
    let (outputStride, inputStride) = layout == .outputsFirst ? (inputs, 1) : (1, outputs)
    storage = unsafe weight.withUnsafeBufferPointer { weight -> Storage in
      guard let weight = unsafe weight.baseAddress else { preconditionFailure("weights were counted above") }
      switch precision {
      case .fp32:
        return .fp32(
          unsafe Self.pack(outputs, groups: inputs) { first, count, panel in
            unsafe kernel_pack_fp32(weight + first * outputStride, outputStride, inputStride, count, inputs, panel)
          })
      case .bf16:
        return .bf16(
          unsafe Self.pack(outputs, groups: (inputs + 1) / 2) { first, count, panel in
            unsafe kernel_pack_bf16(weight + first * outputStride, outputStride, inputStride, count, inputs, panel)
          })
      case .int8:
        var scales: [Float] = []
        var sums: [Int32] = []
        let packed: [UInt32] = unsafe Self.pack(outputs, groups: (inputs + 3) / 4) { first, count, panel in
          var panelScales = [Float](repeating: 0, count: Self.panel)
          var panelSums = [Int32](repeating: 0, count: Self.panel)
          unsafe kernel_pack_int8(
            weight + first * outputStride, outputStride, inputStride, count, inputs, panel, &panelScales, &panelSums)
          scales += panelScales
          sums += panelSums
        }
        return .int8(packed, scales: scales, sums: sums)
      }
    }
  }

  /// Weights that are bfloat16 already, as checkpoints have them; computed in bf16.
  /// - Parameter bits: inputs x outputs numbers in that layout.
  public init(bfloat16 bits: [UInt16], layout: Linear.Layout, inputs: Int, outputs: Int) {
    precondition(inputs > 0 && outputs > 0 && bits.count == inputs * outputs, "a weight for each input and output")
    self.inputs = inputs
    self.outputs = outputs
    precision = .bf16
    let (outputStride, inputStride) = layout == .outputsFirst ? (inputs, 1) : (1, outputs)
    storage = unsafe bits.withUnsafeBufferPointer { bits -> Storage in
      guard let bits = unsafe bits.baseAddress else { preconditionFailure("weights were counted above") }
      return .bf16(
        unsafe Self.pack(outputs, groups: (inputs + 1) / 2) { first, count, panel in
          unsafe kernel_pack_bf16_bits(bits + first * outputStride, outputStride, inputStride, count, inputs, panel)
        })
    }
  }

  private static func pack<Element>(
    _ outputs: Int, groups: Int, _ packPanel: (_ first: Int, _ count: Int, UnsafeMutablePointer<Element>) -> Void
  ) -> [Element] {
    let panels = (outputs + panel - 1) / panel
    let size = groups * panel
    return unsafe [Element](unsafeUninitializedCapacity: panels * size) { memory, initialized in
      guard let start = unsafe memory.baseAddress else { return }
      for index in 0..<panels {
        unsafe packPanel(index * panel, min(panel, outputs - index * panel), start + index * size)
      }
      initialized = panels * size
    }
  }

  /// y = x W^T + bias, + y if it adds.
  /// - Parameters:
  ///   - x: [rows, inputs]
  ///   - bias: [outputs], or nil for zeros.
  ///   - y: [rows, outputs]
  func multiply(_ x: Matrix, bias: [Float]?, adds: Bool = false, into y: inout Matrix) {
    x.checkElements()
    y.checkElements()
    precondition(x.columns == inputs, "a linear layer of \(inputs) inputs is given \(x.columns)")
    precondition(y.rows == x.rows && y.columns == outputs && (bias == nil || bias?.count == outputs), "the result has its shape")
    guard x.rows > 0 else { return }
    let rows = x.rows
    let adds: Int32 = adds ? 1 : 0
    unsafe x.values.withUnsafeBufferPointer { input in
      guard let input = unsafe input.baseAddress else { return }
      switch storage {
      case .fp32(let panels):
        unsafe kernel_multiply_fp32(input, inputs, panels, rows, inputs, outputs, bias, adds, &y.values, outputs)
      case .bf16(let panels):
        let groups = (inputs + 1) / 2
        var rounded = [UInt32](repeating: 0, count: rows * groups)
        unsafe rounded.withUnsafeMutableBufferPointer { rounded in
          guard let rounded = unsafe rounded.baseAddress else { return }
          for row in 0..<rows { unsafe kernel_round_bf16(input + row * inputs, inputs, rounded + row * groups) }
        }
        unsafe kernel_multiply_bf16(rounded, groups, panels, rows, inputs, outputs, bias, adds, &y.values, outputs)
      case .int8(let panels, let scales, let sums):
        let groups = (inputs + 3) / 4
        var rounded = [UInt32](repeating: 0, count: rows * groups)
        var steps = [Float](repeating: 0, count: rows)
        unsafe rounded.withUnsafeMutableBufferPointer { rounded in
          guard let rounded = unsafe rounded.baseAddress else { return }
          for row in 0..<rows {
            steps[row] = unsafe kernel_round_int8(input + row * inputs, inputs, rounded + row * groups)
          }
        }
        unsafe kernel_multiply_int8(
          rounded, groups, steps, panels, scales, sums, rows, inputs, outputs, bias, adds, &y.values, outputs)
      }
    }
  }
}
