import Kernels

/// The weights of a linear layer or a convolution as the kernels want them: packed once into panels of 64 outputs, in a precision
/// (`Kernels/Products.h`).
///
/// A row of the product depends only on its own row of the input.
public struct PackedWeights: Sendable {
  public let inputs: Int
  public let outputs: Int
  public let precision: Precision
  /// Rows of the input that a row of the output is made of; 1 for a linear layer.
  let taps: Int
  /// Panels of 64 outputs for each tap, in tiles (`Kernels/Products.h`).
  private var panels: [UInt32]
  /// A scale and a sum of the whole numbers for each output: for int8 only.
  private var scales: [Float] = []
  private var sums: [Int32] = []
  /// Whether panels are pairs of a gate and of what it gates.
  private(set) var isGated = false
  /// Tests choose less capable units than this processor has.
  var most = kernel_unit_amx

  static let panel = Int(kernel_panel)

  /// Elements of a panel for so many inputs.
  static func panelSize(inputs: Int, precision: Precision) -> Int {
    let run = Int(kernel_run)
    return (inputs + precision.group * run - 1) / (precision.group * run) * run * panel
  }

  /// - Parameter weight: inputs x outputs numbers in that layout.
  public init(_ weight: [Float], layout: Linear.Layout, inputs: Int, outputs: Int, precision: Precision = .fp32) {
    precondition(inputs > 0 && outputs > 0 && weight.count == inputs * outputs, "a weight for each input and output")
    let strides = layout == .outputsFirst ? (inputs, 1) : (1, outputs)
    self.init(weight, outputStride: strides.0, inputStride: strides.1, inputs: inputs, outputs: outputs, precision: precision)
  }

  /// A convolution's.
  /// - Parameter weight: [outputs][taps][inputs]
  init(_ weight: [Float], taps: Int, inputs: Int, outputs: Int, precision: Precision) {
    precondition(precision != .int8 && weight.count == inputs * taps * outputs, "a weight for each input, tap and output")
    self.init(
      weight, outputStride: taps * inputs, inputStride: 1, tapStride: inputs, taps: taps, inputs: inputs, outputs: outputs,
      precision: precision)
  }

  private init(
    _ weight: [Float], outputStride: Int, inputStride: Int, tapStride: Int = 0, taps: Int = 1, inputs: Int, outputs: Int,
    precision: Precision
  ) {
    (self.inputs, self.outputs, self.precision, self.taps) = (inputs, outputs, precision, taps)
    var scales = [Float](repeating: 0, count: precision == .int8 ? Self.padded(outputs) : 0)
    var sums = [Int32](repeating: 0, count: scales.count)
    panels = unsafe weight.withUnsafeBufferPointer { weight -> [UInt32] in
      guard let weight = unsafe weight.baseAddress else { preconditionFailure("weights were counted above") }
      return unsafe scales.withUnsafeMutableBufferPointer { scales in
        unsafe sums.withUnsafeMutableBufferPointer { sums in
          let (scales, sums) = unsafe (scales.baseAddress, sums.baseAddress)
          return unsafe Self.pack(outputs, taps, panelSize: Self.panelSize(inputs: inputs, precision: precision)) { first, count, tap, panel in
            let from = unsafe weight + first * outputStride + tap * tapStride
            switch precision {
            case .fp32: unsafe kernel_pack_fp32(from, outputStride, inputStride, count, inputs, panel)
            case .bf16: unsafe kernel_pack_bf16(from, outputStride, inputStride, count, inputs, panel)
            case .int8:
              guard let scales = unsafe scales, let sums = unsafe sums else { return }
              unsafe kernel_pack_int8(from, outputStride, inputStride, count, inputs, panel, scales + first, sums + first)
            }
          }
        }
      }
    }
    self.scales = scales
    self.sums = sums
  }

  /// Weights that are bfloat16 already, as checkpoints have them; computed in bf16.
  /// - Parameter bits: inputs x outputs numbers in that layout.
  public init(bfloat16 bits: [UInt16], layout: Linear.Layout, inputs: Int, outputs: Int) {
    precondition(inputs > 0 && outputs > 0 && bits.count == inputs * outputs, "a weight for each input and output")
    (self.inputs, self.outputs, precision, taps) = (inputs, outputs, .bf16, 1)
    let (outputStride, inputStride) = layout == .outputsFirst ? (inputs, 1) : (1, outputs)
    panels = unsafe bits.withUnsafeBufferPointer { bits in
      guard let bits = unsafe bits.baseAddress else { preconditionFailure("weights were counted above") }
      return unsafe Self.pack(outputs, 1, panelSize: Self.panelSize(inputs: inputs, precision: .bf16)) { first, count, _, panel in
        unsafe kernel_pack_bf16_bits(bits + first * outputStride, outputStride, inputStride, count, inputs, panel)
      }
    }
  }

  /// Two layers of equal shape as one that gives silu(gate x) (up x), with as many outputs as each: the panels of both in turn.
  init(gate: PackedWeights, up: PackedWeights) {
    precondition(
      gate.inputs == up.inputs && gate.outputs == up.outputs && gate.precision == up.precision && gate.taps == 1 && up.taps == 1,
      "a gate for each output")
    (inputs, outputs, precision, taps, isGated) = (gate.inputs, gate.outputs, gate.precision, 1, true)
    let size = gate.panels.count / (Self.padded(outputs) / Self.panel)
    panels = []
    panels.reserveCapacity(2 * gate.panels.count)
    for panel in 0..<Self.padded(outputs) / Self.panel {
      for one in [gate, up] {
        panels += one.panels[panel * size..<(panel + 1) * size]
        guard precision == .int8 else { continue }
        scales += one.scales[panel * Self.panel..<(panel + 1) * Self.panel]
        sums += one.sums[panel * Self.panel..<(panel + 1) * Self.panel]
      }
    }
  }

  private static func padded(_ outputs: Int) -> Int { (outputs + panel - 1) / panel * panel }

  private static func pack(
    _ outputs: Int, _ taps: Int, panelSize size: Int,
    _ packPanel: (_ first: Int, _ count: Int, _ tap: Int, UnsafeMutablePointer<UInt32>) -> Void
  ) -> [UInt32] {
    let panels = padded(outputs) / panel
    return unsafe [UInt32](unsafeUninitializedCapacity: panels * taps * size) { memory, initialized in
      initialized = panels * taps * size
      guard let start = memory.baseAddress else { return }
      unsafe kernel_use_large_pages(start, initialized * 4)
      ThreadTeam.share(pieces: panels) { index in
        for tap in 0..<taps {
          unsafe packPanel(index * panel, min(panel, outputs - index * panel), tap, start + (index * taps + tap) * size)
        }
      }
    }
  }
}

/// One of several products of the same rows.
struct Product {
  enum Finish {
    /// y = x W^T + bias
    case store
    /// y += x W^T + bias
    case add
    /// y += factor (x W^T + bias), a factor for each output.
    case addScaled([Float])
  }
  let weights: PackedWeights
  let bias: [Float]?
  var finish = Finish.store

  /// The products of the same rows, shared out among threads together.
  /// - Parameters:
  ///   - rows: of the result.
  ///   - step, dilation: row r of the result is made of the input's rows r step + tap dilation, counted from the first of the margin.
  ///   - results: [rows, outputs] each.
  static func compute(
    _ products: [Product], of x: Activations, rows: Int, step: Int = 1, dilation: Int = 1, into results: inout [Matrix]
  ) {
    for (product, result) in zip(products, results) {
      result.checkElements()
      let weights = product.weights
      precondition(x.columns == weights.inputs, "a layer of \(weights.inputs) inputs is given \(x.columns)")
      precondition(x.precision == weights.precision, "a layer in \(weights.precision) is given \(x.precision)")
      precondition(
        rows == 0 || (rows - 1) * step + (weights.taps - 1) * dilation < x.rows + 2 * x.margin, "a row for each tap")
      precondition(
        result.rows == rows && result.columns == weights.outputs && (product.bias == nil || product.bias?.count == weights.outputs),
        "the result has its shape")
    }
    guard rows > 0 else { return }
    let bands = Bands(rows: rows)
    // Pieces of each product, one after the other.
    let pieces = products.map { bands.count * $0.weights.pieces(height: bands.height) }
    let starts = pieces.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let targets = unsafe results.indices.map { index in
      unsafe results[index].values.withUnsafeMutableBufferPointer { unsafe $0.baseAddress }
    }
    unsafe x.groups.withUnsafeBufferPointer { groups in
      unsafe x.steps.withUnsafeBufferPointer { steps in
        let (groups, steps) = unsafe (groups.baseAddress, steps.baseAddress)
        ThreadTeam.share(pieces: starts[starts.count - 1]) { piece in
          let index = starts.lastIndex { $0 <= piece } ?? 0
          let product = products[index]
          let input = unsafe kernel_rows(
            groups: groups, stride: step * Activations.run, tap_stride: dilation * Activations.run, plane: x.plane, steps: steps)
          unsafe product.compute(
            input, piece: piece - starts[index], bands: bands, rows: rows, into: targets[index], stride: product.weights.outputs)
        }
      }
    }
  }

  private func compute(
    _ x: kernel_rows, piece: Int, bands: Bands, rows: Int, into y: UnsafeMutablePointer<Float>?, stride: Int
  ) {
    let band = piece % bands.count
    let height = min(bands.height, rows - band * bands.height)
    var x = unsafe x
    let (how, factor): (kernel_finish, [Float]?) =
      if weights.isGated { (kernel_finish_swiglu, nil) } else {
        switch finish {
        case .store: (kernel_finish_store, nil)
        case .add: (kernel_finish_add, nil)
        case .addScaled(let factor): (kernel_finish_add_scaled, factor)
        }
      }
    unsafe bias.withPointer { bias in
      unsafe factor.withPointer { factor in
        var y = unsafe kernel_result(values: y, stride: stride, finish: how, factor: factor)
        unsafe weights.multiply(&x, into: &y, bias: bias, rows: band * bands.height, height, piece: piece / bands.count, bands.height)
      }
    }
  }
}

/// Rows in bands of about equal height.
struct Bands {
  let count: Int
  let height: Int

  init(rows: Int) {
    let most = (rows + 191) / 192
    height = (rows + most - 1) / most
    count = (rows + height - 1) / height
  }
}

extension Optional<[Float]> {
  fileprivate func withPointer(_ body: (UnsafePointer<Float>?) -> Void) {
    guard let self else { return unsafe body(nil) }
    unsafe self.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
  }
}

extension PackedWeights {
  /// Panels that make a piece of work; pairs stay together.
  private func panelsInPiece(height: Int) -> Int {
    let operations = 2 * height * Self.panel * inputs * taps
    return max(1, 8_000_000 / max(operations, 1)) * (isGated ? 2 : 1)
  }

  private var panelCount: Int { (outputs + Self.panel - 1) / Self.panel * (isGated ? 2 : 1) }

  fileprivate func pieces(height: Int) -> Int {
    (panelCount + panelsInPiece(height: height) - 1) / panelsInPiece(height: height)
  }

  fileprivate func multiply(
    _ x: inout kernel_rows, into y: inout kernel_result, bias: UnsafePointer<Float>?, rows first: Int, _ rows: Int, piece: Int,
    _ height: Int
  ) {
    let each = panelsInPiece(height: height)
    unsafe panels.withUnsafeBufferPointer { panels in
      unsafe scales.withUnsafeBufferPointer { scales in
        unsafe sums.withUnsafeBufferPointer { sums in
          var weights = unsafe kernel_weights(
            panels: panels.baseAddress, taps: taps, groups: (inputs + precision.group - 1) / precision.group,
            outputs: isGated ? 2 * outputs : outputs, scales: scales.baseAddress, sums: sums.baseAddress, bias: bias, most: most)
          unsafe kernel_multiply(
            precision.kernel, &x, &weights, &y, first, rows, piece * each, min(each, panelCount - piece * each))
        }
      }
    }
  }
}
