import COpenBLAS

/// The OpenBLAS that this process runs on.
///
/// Every matrix product is asked for with one BLAS thread and spread over threads of our own: the pthread build is
/// then correct and fast with several callers, where its own threads would queue on one lock.
public enum BLAS {
  /// The kernels that the library chose for this CPU: "Haswell", "SkylakeX", "Cooperlake".
  public static var coreName: String { unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? "unknown" }

  /// Version and build options.
  public static var configuration: String { unsafe openblas_get_config().map { unsafe String(cString: $0) } ?? "unknown" }

  /// Read before every call of the library, which is told once.
  private static let usesOneThreadPerCall: Bool = {
    openblas_set_num_threads(1)
    return openblas_get_num_threads() == 1
  }()

  /// Threads that one call uses.
  public static var threadsPerCall: Int { usesOneThreadPerCall ? 1 : Int(openblas_get_num_threads()) }

  /// C = A·B for row-major matrices, A [m, k], B [k, n], C [m, n].
  public static func multiply(_ a: [Float], _ b: [Float], m: Int, k: Int, n: Int) -> [Float] {
    precondition(a.count == m * k && b.count == k * n, "the matrices do not fit")
    var c = [Float](repeating: 0, count: m * n)
    multiply(Operand(a, stride: k), Operand(b, stride: n), adds: false, into: &c, stride: n, m: m, k: k, n: n)
    return c
  }

  /// A matrix within an array: where it starts, how far its rows are apart.
  struct Operand {
    let values: [Float]
    let offset: Int
    let stride: Int
    /// Whether the array holds the transposed matrix.
    let isTransposed: Bool

    init(_ values: [Float], offset: Int = 0, stride: Int, isTransposed: Bool = false) {
      self.values = values
      self.offset = offset
      self.stride = stride
      self.isTransposed = isTransposed
    }

    func holds(rows: Int, columns: Int) -> Bool {
      let (rows, columns) = isTransposed ? (columns, rows) : (rows, columns)
      return columns <= stride && offset >= 0 && offset + (rows - 1) * stride + columns <= values.count
    }
  }

  /// C = A·B x factor, + C if it adds, for A [m, k], B [k, n] and C [m, n] from an offset of an array on.
  static func multiply(
    _ a: Operand, _ b: Operand, factor: Float = 1, adds: Bool, into c: inout [Float], offset: Int = 0, stride: Int, m: Int,
    k: Int, n: Int
  ) {
    guard m > 0, n > 0, k > 0 else { return }
    precondition(a.holds(rows: m, columns: k) && b.holds(rows: k, columns: n), "the matrices do not fit")
    precondition(n <= stride && offset >= 0 && offset + (m - 1) * stride + n <= c.count, "the result does not fit")
    precondition(usesOneThreadPerCall, "OpenBLAS does not work with one thread a call")
    unsafe a.values.withUnsafeBufferPointer { left in
      unsafe b.values.withUnsafeBufferPointer { right in
        unsafe c.withUnsafeMutableBufferPointer { result in
          guard let left = unsafe left.baseAddress, let right = unsafe right.baseAddress,
            let result = unsafe result.baseAddress
          else { return }
          unsafe cblas_sgemm(
            CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
            Int32(m), Int32(n), Int32(k), factor, left + a.offset, Int32(a.stride), right + b.offset, Int32(b.stride),
            adds ? 1 : 0, result + offset, Int32(stride))
        }
      }
    }
  }

  /// y += x·A for a row-major A [rows, columns] from an offset of an array on.
  static func addProduct(
    _ x: [Float], _ a: [Float], offset: Int, rows: Int, columns: Int, to y: inout [Float]
  ) {
    precondition(x.count == rows && y.count == columns && offset >= 0 && offset + rows * columns <= a.count)
    precondition(usesOneThreadPerCall, "OpenBLAS does not work with one thread a call")
    unsafe a.withUnsafeBufferPointer { a in
      guard let start = unsafe a.baseAddress else { return }
      unsafe cblas_sgemv(
        CblasRowMajor, CblasTrans, Int32(rows), Int32(columns), 1, start + offset, Int32(columns), x, 1, 1, &y, 1)
    }
  }
}
