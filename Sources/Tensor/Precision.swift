import Kernels

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

  /// What this processor computes its products by: "AMX", "AVX-512", "AVX2", "plain".
  public var unitName: String {
    switch kernel_unit_for(kernel) {
    case kernel_unit_amx: "AMX"
    case kernel_unit_avx512: "AVX-512"
    case kernel_unit_avx2: "AVX2"
    default: "plain"
    }
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
