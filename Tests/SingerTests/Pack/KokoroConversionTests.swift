import Checkpoint
import Testing

@testable import Singer

@Suite struct KokoroConversionTests {
  @Test func theWeightMapIsWhole() {
    #expect(KokoroWeight.all.count == 252)
    #expect(Set(KokoroWeight.all.map(\.layer)).count == 252)
    #expect(KokoroWeight.all.reduce(0) { $0 + $1.shape.reduce(1, *) } == 81_032_149)
    #expect(KokoroWeight.all.count { $0.bias != nil } == 175)
  }

  @Test func anotherNetworkIsNotConverted() {
    #expect(throws: CheckpointError.self) { try KokoroConversion.convert(onnx: [8 << 3 | 2, 1, 0], to: "/nonexistent/a") }
  }
}
