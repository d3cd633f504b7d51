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

  /// Gives the library one thread a call. Once, before the first product.
  public static func useOneThreadPerCall() { openblas_set_num_threads(1) }

  /// Threads that one call uses.
  public static var threadsPerCall: Int { Int(openblas_get_num_threads()) }

  /// C = A·B for row-major matrices, A [m, k], B [k, n], C [m, n].
  public static func multiply(_ a: [Float], _ b: [Float], m: Int, k: Int, n: Int) -> [Float] {
    precondition(a.count == m * k && b.count == k * n, "the matrices do not fit")
    var c = [Float](repeating: 0, count: m * n)
    guard m > 0, n > 0, k > 0 else { return c }
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(k), b, Int32(n), 0, &c, Int32(n))
    return c
  }
}
