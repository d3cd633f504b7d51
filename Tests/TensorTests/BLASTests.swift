import Tensor
import Testing

@Suite struct BLASTests {
  @Test(arguments: [(1, 1, 1), (3, 5, 2), (17, 33, 9), (64, 64, 64)])
  func productsEqualANaiveLoop(_ m: Int, _ k: Int, _ n: Int) {
    let a = (0..<m * k).map { Float(($0 * 37 + 11) % 23) / 23 - 0.5 }
    let b = (0..<k * n).map { Float(($0 * 53 + 7) % 29) / 29 - 0.5 }
    let c = BLAS.multiply(a, b, m: m, k: k, n: n)
    for i in 0..<m {
      for j in 0..<n {
        let expected = (0..<k).reduce(Double(0)) { $0 + Double(a[i * k + $1]) * Double(b[$1 * n + j]) }
        #expect(abs(Double(c[i * n + j]) - expected) < 1e-4)
      }
    }
  }

  @Test func theLibraryNamesItsKernels() {
    #expect(BLAS.threadsPerCall == 1)
    #expect(!BLAS.coreName.isEmpty)
    #expect(BLAS.configuration.contains("OpenBLAS"))
  }
}
