import Audio
import Foundation
import JSON
import Testing
@testable import Listening
@Suite struct DebugTests {
  @Test func debug() throws {
    for name in ["clips/a1_pop", "mix_22k_mono"] {
      let a = try SignalAnalysis(try Golden.mono(name), crew: Crew(threads: 2))
      print("DBG", name, a.bars?.accents.map { String(format: "%.4f", $0) } as Any)
    }
  }
}
