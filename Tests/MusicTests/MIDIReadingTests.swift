import Foundation
import Music
import Testing

@Suite struct MIDIReadingTests {
  @Test func aScoreIsReadBackFromItsMIDIFile() throws {
    let score = ScoreFilesTests.score
    let read = try Score(midi: score.midiFile())
    #expect(read.title == "Two bars")
    #expect(read.meter == score.meter && read.key == score.key && read.tempo == score.tempo)
    #expect(read.lengthTicks == score.lengthTicks)
    #expect(read.sections.map(\.label) == ["Verse 1"])
    #expect(read.parts.map(\.instrument) == [.program(53), .drumKit(16), .program(81)])
    #expect(read.parts[0].notes.map { [$0.startTick, $0.durationTicks, $0.pitch.midi, $0.velocity] } == [
      [10, 960, 69, 90], [960, 960, 69, 80],
    ])
    #expect(read.parts[0].notes.map(\.syllable) == ["Só", nil])
    #expect(read.parts[0].controls == score.parts[0].controls)
    #expect(abs(read.parts[0].pan - 0.25) < 0.01)
  }

  @Test func runningStatusFormatZeroAndOtherDivisionsAreRead() throws {
    let track: [UInt8] = [
      0, 0xC0, 40, 0, 0x90, 60, 100, 96, 60, 0, 0, 64, 90, 96, 64, 0, 0, 0x99, 36, 100, 48, 0x89, 36, 0, 0, 0xFF, 0x2F, 0,
    ]
    let file: [UInt8] = Array("MThd".utf8) + [0, 0, 0, 6, 0, 0, 0, 1, 0, 96] + Array("MTrk".utf8) + [0, 0, 0, UInt8(track.count)] + track
    let score = try Score(midi: file)
    #expect(score.parts.count == 2)
    #expect(score.parts[0].instrument == .program(40))
    #expect(score.parts[0].notes.map { [$0.startTick, $0.durationTicks, $0.pitch.midi] } == [[0, 960, 60], [960, 960, 64]])
    #expect(score.parts[1].role == .drums && score.parts[1].notes[0].startTick == 1920)
  }

  @Test func noFileStopsTheProgram() {
    let good = ScoreFilesTests.score.midiFile()
    var random = RepeatableRandom(state: 5)
    for _ in 0..<4000 {
      var bytes = good
      for _ in 0..<(1 + random.next(8)) {
        switch random.next(3) {
        case 0: bytes[random.next(bytes.count)] = UInt8(random.next(256))
        case 1: bytes.insert(UInt8(random.next(256)), at: random.next(bytes.count))
        default: bytes.removeLast(random.next(bytes.count / 2))
        }
        if bytes.isEmpty { bytes = [0] }
      }
      guard let score = try? Score(midi: bytes) else { continue }
      #expect(score.lengthTicks > 0)
      _ = score.abc(performance: false)
    }
    #expect(throws: MIDIError.self) { try Score(midi: []) }
    #expect(throws: MIDIError.self) { try Score(midi: Array("RIFF0000".utf8)) }
  }
}
