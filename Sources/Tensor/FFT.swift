import Kernels

/// The spectrum of a real signal of N samples: bins 0 ... N / 2.
public struct Spectrum: Sendable {
  public var real: [Double]
  public var imaginary: [Double]

  /// Zero, for signals of so many samples.
  public init(size: Int) {
    real = [Double](repeating: 0, count: size / 2 + 1)
    imaginary = real
  }

  /// Squares of the magnitudes.
  public func power(into power: inout [Double]) {
    precondition(power.count == real.count && imaginary.count == real.count)
    for bin in 0..<power.count { power[bin] = real[bin] * real[bin] + imaginary[bin] * imaginary[bin] }
  }

  /// Takes the real values factor x log(max(power, 0) + floor), to some 1e-7.
  public mutating func setLogarithm(of power: [Double], floor: Double, factor: Double = 1) {
    precondition(power.count == real.count && imaginary.count == real.count && floor >= 1e-37)
    unsafe kernel_log(power, &real, power.count, floor, factor)
    for bin in imaginary.indices { imaginary[bin] = 0 }
  }

  /// Real parts to their exponentials, written to a row of an array; to some 1e-6.
  public func exponentials(into values: inout [Double], at offset: Int) {
    precondition(offset >= 0 && offset + real.count <= values.count)
    unsafe values.withUnsafeMutableBufferPointer { values in
      if let start = unsafe values.baseAddress { unsafe kernel_exp(real, start + offset, real.count) }
    }
  }

  /// From the logarithm of a spectrum, log magnitude + i phase, to the spectrum, with turn x k more phase in bin k; to some 1e-6.
  public mutating func exponentiate(turn: Double) {
    precondition(imaginary.count == real.count)
    unsafe kernel_polar(&real, &imaginary, real.count, turn)
  }
}

/// The discrete Fourier transform of real signals whose length is a power of two, planned once.
///
/// Stockham's radix-4 algorithm in double precision (`Kernels/Transforms.c`). No call allocates; a copy has its own
/// working memory, so each thread takes one.
public struct RealFFT: Sendable {
  /// Samples: a power of two, at least 4.
  public let size: Int
  private let tables: [Double]
  private var memory: [Double]

  public init(size: Int) {
    precondition(size >= 4 && size & (size - 1) == 0, "the size of a transform is a power of two")
    self.size = size
    var tables = [Double](repeating: 0, count: kernel_fft_tables_count(size))
    unsafe kernel_fft_tables(size, &tables)
    self.tables = tables
    memory = [Double](repeating: 0, count: kernel_fft_memory_count(size))
  }

  /// X[k] = Σ x[n] exp(-2πikn/N), k = 0 ... N / 2.
  /// - Complexity: O(N log N); no allocation.
  public mutating func forward(_ samples: [Double], into spectrum: inout Spectrum) {
    precondition(samples.count == size && spectrum.real.count == size / 2 + 1 && spectrum.imaginary.count == size / 2 + 1)
    unsafe kernel_fft_forward(size, tables, &memory, samples, &spectrum.real, &spectrum.imaginary)
  }

  /// The samples of which this is the spectrum: 1/N is included; the imaginary parts of the first and last bin count
  /// as zero.
  /// - Complexity: O(N log N); no allocation.
  public mutating func inverse(_ spectrum: Spectrum, into samples: inout [Double]) {
    precondition(samples.count == size && spectrum.real.count == size / 2 + 1 && spectrum.imaginary.count == size / 2 + 1)
    unsafe kernel_fft_inverse(size, tables, &memory, spectrum.real, spectrum.imaginary, &samples)
  }
}
