import Dispatch
import Kernels
import Synchronization

/// The numbers that a layer's products are computed in. Sums, and what goes in and comes out, are always `Float`.
///
/// This is the one place where kernels are chosen: a layer is given a precision when it is made, and packs its weights for it.
public enum Precision: String, Sendable, CaseIterable {
  /// Single precision: 24 bits. Equal bits on every processor that can fuse a product and a sum.
  case fp32
  /// bfloat16: inputs and weights rounded to 8 bits, each with a relative error of at most 2^-9. Half the memory, and at least twice
  /// the rate where the processor has AVX512_BF16 or AMX-BF16.
  case bf16
  /// Eight whole bits with a scale for each output of the weights and each row of the input. A quarter of the memory, and four
  /// times the rate where the processor has AVX512_VNNI or AMX-INT8. Linear layers only: a convolution computes in bf16 instead.
  case int8

  /// The fastest that needs no second look at what it does to the result: bf16 where the processor multiplies it, else fp32.
  public static var fastest: Precision { Precision.bf16.isNative ? .bf16 : .fp32 }

  /// Whether this processor computes in it. Elsewhere convolutions are computed in fp32, and linear layers as exactly, but
  /// no faster than in fp32.
  public var isNative: Bool {
    switch self {
    case .fp32: true
    case .bf16: kernel_has_bf16() != 0
    case .int8: kernel_unit_for(kernel_int8).rawValue >= kernel_unit_avx512.rawValue
    }
  }

  /// What computes its products here.
  public var unit: ProductUnit {
    switch kernel_unit_for(kernel) {
    case kernel_unit_amx: .amx
    case kernel_unit_avx512: .avx512
    case kernel_unit_avx2: .avx2
    default: .plain
    }
  }

  /// Operations a second that its unit reaches on registers alone on so many threads: the most that products can reach. A product
  /// and a sum are two operations. Takes about half a second.
  public func peak(threads: Int) -> Double {
    let kernel = kernel
    func rate(rounds: Int) -> (rate: Double, seconds: Double) {
      let total = Atomic<Int>(0)
      let start = ContinuousClock.now
      DispatchQueue.concurrentPerform(iterations: threads) { _ in
        total.wrappingAdd(Int(kernel_peak(kernel, rounds)), ordering: .relaxed)
      }
      let seconds = start.duration(to: .now) / .seconds(1)
      return (Double(total.load(ordering: .relaxed)) / seconds, seconds)
    }
    var rounds = 1000
    while rate(rounds: rounds).seconds < 0.02 { rounds *= 2 }
    return (0..<15).map { _ in rate(rounds: rounds).rate }.max() ?? 0
  }

  var kernel: kernel_precision {
    switch self {
    case .fp32: kernel_fp32
    case .bf16: kernel_bf16
    case .int8: kernel_int8
    }
  }

  /// Inputs that go into an element of 32 bits.
  var group: Int {
    switch self {
    case .fp32: 1
    case .bf16: 2
    case .int8: 4
    }
  }

  /// In which convolutions and attention compute where linear layers compute in this.
  public var floating: Precision { self == .fp32 || !Precision.bf16.isNative ? .fp32 : .bf16 }
}

/// A unit of processors that computes products.
public enum ProductUnit: String, Sendable, CaseIterable {
  case plain, avx2, avx512, amx

  /// Lets nothing more capable compute from now on, to measure it: before anything else is computed.
  public static func limit(to unit: ProductUnit) {
    switch unit {
    case .plain: kernel_limit_unit(kernel_unit_plain)
    case .avx2: kernel_limit_unit(kernel_unit_avx2)
    case .avx512: kernel_limit_unit(kernel_unit_avx512)
    case .amx: kernel_limit_unit(kernel_unit_amx)
    }
  }
}
