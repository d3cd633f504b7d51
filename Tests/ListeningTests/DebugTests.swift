import Audio
import Testing
@testable import Listening
@Suite struct DebugTests {
  @Test func debug() throws {
    for name in ["a2_waltz", "a1_pop"] {
      let a = try SignalAnalysis(try Golden.mono("clips/" + name), crew: Crew(threads: 2))
      print(name, a.beats, a.tempo as Any, a.tracking.localScore.max() as Any)
      if let bars = a.bars { print(bars.accents) }
    }
  }
}
