import Composer
import Music
import Testing

/// Who sings beside the singer.
@Suite struct BackingVoicesTests {
  @Test func strongChorusesAreDoubled() throws {
    var doubles = 0
    for caption in ["energetic pop anthem", "rock", "gospel", "quiet lullaby"] {
      for seed in UInt64(1)...6 {
        let (_, made) = try LyricTests.song(LyricTests.lyrics, seconds: nil, caption: caption, seed: seed)
        let parts = Dictionary(uniqueKeysWithValues: made.score.parts.map { ($0.id, $0) })
        let lead = try #require(parts["vocal"]).notes
        func isLead(_ note: Note) -> Bool {
          lead.contains { ($0.startTick, $0.pitch, $0.syllable) == (note.startTick, note.pitch, note.syllable) }
        }
        if let double = parts["double"] {
          doubles += 1
          guard case .voice = double.instrument else { Issue.record("nobody doubles"); continue }
          #expect(double.notes.allSatisfy(isLead))
          let strong = made.score.sections.filter { [.chorus, .drop].contains($0.kind) && $0.energy >= 0.7 }
          #expect(double.notes.allSatisfy { note in
            strong.contains { section in
              let length = section.bars * made.score.meter.ticksPerBar
              return (section.startTick..<section.startTick + length).contains(note.startTick)
            }
          })
        }
      }
    }
    #expect(doubles >= 6 && doubles < 24)
  }
}
