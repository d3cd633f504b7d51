import Audio
import Checkpoint
import Foundation
import JSON
import Testing

@testable import Listening

@Suite struct NoteEventTests {
  private struct Key: Hashable { var start, end, midi: Int }

  /// The stored posteriors give the notes of the reference, each to the frame.
  @Test func storedPosteriorsGiveTheReferencesNotes() throws {
    let golden = try Golden("basicpitch")
    let output = BasicPitch.Output(frames: 793, note: try golden.floats("note"), onset: try golden.floats("onset"), contour: [])
    let expected = try Golden.expected()
    let listed = try #require(expected["basic_pitch"]?["notes"]?.array)
    var amplitudes: [Key: Double] = [:]
    var seconds: [Key: (Double, Double)] = [:]
    for note in listed {
      let key = Key(start: note["start_frame"]?.int ?? -1, end: note["end_frame"]?.int ?? -1, midi: note["midi"]?.int ?? -1)
      amplitudes[key] = note["amplitude"]?.double
      seconds[key] = (note["start"]?.double ?? -1, note["end"]?.double ?? -1)
    }
    let notes = NoteEvents.notes(output)
    #expect(notes.count == 136)
    #expect(Set(notes.map { Key(start: $0.startFrame, end: $0.endFrame, midi: $0.midi) }) == Set(amplitudes.keys))
    for note in notes {
      let key = Key(start: note.startFrame, end: note.endFrame, midi: note.midi)
      #expect(abs(note.amplitude - (amplitudes[key] ?? 9)) < 1e-4)
      #expect(abs(note.start - (seconds[key]?.0 ?? 9)) < 2e-4)
      #expect(abs(note.end - (seconds[key]?.1 ?? 9)) < 2e-4)
    }
  }

  @Test func notesAreDrawnToTheGrid() {
    func note(_ start: Double, _ end: Double) -> HeardNote {
      HeardNote(startFrame: 0, endFrame: 1, start: start, end: end, midi: 60, amplitude: 1)
    }
    let beats = [1.0, 1.5, 2.0, 2.5]
    let drawn = [note(1.02, 1.26), note(0.49, 0.76), note(2.9, 2.92)].quantised(to: beats, partsPerBeat: 4)
    #expect(zip(drawn.map(\.start), [1.0, 0.5, 2.875]).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect(zip(drawn.map(\.end), [1.25, 0.75, 3.0]).allSatisfy { abs($0 - $1) < 1e-9 })
    #expect([note(1, 2)].quantised(to: [], partsPerBeat: 4).map(\.start) == [1])
  }

  @Test func theWindowsAreThoseOfTheReference() throws {
    let windows = BasicPitch.windows(try Golden.mono("mix_22k_mono"))
    #expect(windows.count == 6)
    Golden.compare("window1_input", windows[1], try Golden("basicpitch").floats("window1_input"), 0)
  }
}

/// A bass is written down by its periods (`BassLine`).
@Suite struct BassLineTests {
  /// Notes of half a second, each the second to fifth harmonic of its pitch: the fundamental is missing, as on small loudspeakers.
  private func sound(_ pitches: [Int]) -> [Float] {
    pitches.flatMap { pitch in
      let frequency = 440 * pow(2, Double(pitch - 69) / 12)
      return (0..<11_025).map { index in
        let time = Double(index) / 22_050
        let body = (2...5).reduce(0.0) { $0 + sin(2 * .pi * frequency * Double($1) * time) / Double($1) }
        return Float(0.3 * exp(-2 * time) * min(1, time * 200) * body)
      }
    }
  }

  /// What the network would give: an onset an octave above each note, and nothing else.
  private func output(_ pitches: [Int]) -> BasicPitch.Output {
    let frames = pitches.count * 43
    var onset = [Float](repeating: 0, count: frames * 88)
    for (index, pitch) in pitches.enumerated() where index > 0 {
      let frame = (0..<frames).min { abs(BasicPitch.seconds($0) - Double(index) / 2) < abs(BasicPitch.seconds($1) - Double(index) / 2) } ?? 0
      onset[frame * 88 + pitch + 12 - 21] = 0.9
    }
    return BasicPitch.Output(frames: frames, note: [Float](repeating: 0, count: frames * 88), onset: onset, contour: [])
  }

  @Test(arguments: [[28, 35, 33, 40], [31, 38, 31, 30], [36, 36, 36, 41]])
  func itsOctaveIsRightWithoutAFundamental(_ pitches: [Int]) throws {
    let notes = try BassLine().notes(stem: sound(pitches), accompaniment: nil, output(pitches), crew: Crew(threads: 2))
    #expect(notes.map(\.midi) == pitches)
    for (index, note) in notes.enumerated() { #expect(abs(note.start - Double(index) / 2) < 0.05, "\(note.start)") }
  }

  @Test func anyNumberOfThreadsHearsTheSame() throws {
    let pitches = [28, 35, 33, 40]
    let (bass, mix) = (sound(pitches), sound([40, 47, 45, 52]))
    let one = try BassLine().notes(stem: bass, accompaniment: mix, output(pitches), crew: Crew(threads: 1))
    #expect(try one == BassLine().notes(stem: bass, accompaniment: mix, output(pitches), crew: Crew(threads: 3)) && !one.isEmpty)
  }

  @Test func silenceAndNonsenseAreNoNotes() throws {
    for samples in [[Float](), [0], [Float](repeating: 0, count: 44_100), [Float](repeating: .nan, count: 44_100)] {
      #expect(try BassLine().notes(stem: samples, accompaniment: samples, output([30, 30, 30, 30]), crew: Crew(threads: 1)).isEmpty)
    }
  }
}

@Suite(.enabled(if: InstalledPack.pack != nil, InstalledPack.missing))
struct BasicPitchTests {
  @Test func eachStageEqualsTheReference() throws {
    let golden = try Golden("basicpitch")
    let network = try BasicPitch(try ListeningPack(folder: InstalledPack.folder))
    let rows = Array(stride(from: 0, to: 172, by: 4))
    let output = network.window(try golden.floats("window1_input")) { stage, values in
      switch stage {
      case "cqt": Golden.compare(stage, rows.flatMap { values[$0 * 309..<($0 + 1) * 309] }, (try? golden.floats("window1_cqt")) ?? [], 1e-4)
      case "bn": Golden.compare(stage, rows.flatMap { values[$0 * 309..<($0 + 1) * 309] }, (try? golden.floats("window1_bn")) ?? [], 1e-3)
      default:
        let frame = (0..<8).flatMap { channel in (0..<264).map { values[(50 * 264 + $0) * 8 + channel] } }
        Golden.compare(stage, frame, (try? golden.floats("window1_stack_frame50")) ?? [], 1e-3)
      }
    }
    Golden.compare("note", output.note, try golden.floats("window1_note"), 1e-3)
    Golden.compare("onset", output.onset, try golden.floats("window1_onset"), 1e-3)
    Golden.compare("contour", output.contour, try golden.floats("window1_contour"), 1e-3)
  }

  @Test func theNotesOfASoundAreTheReferences() throws {
    let golden = try Golden("basicpitch")
    let network = try BasicPitch(try ListeningPack(folder: InstalledPack.folder))
    let samples = try Golden.mono("mix_22k_mono")
    let output = try network(samples, crew: Crew(threads: 2))
    #expect(output.frames == 793)
    Golden.compare("note", output.note, try golden.floats("note"), 1e-3)
    Golden.compare("onset", output.onset, try golden.floats("onset"), 1e-3)
    let contour = stride(from: 0, to: 793, by: 4).flatMap { output.contour[$0 * 264..<($0 + 1) * 264] }
    Golden.compare("contour", contour, try golden.floats("contour_every4"), 1e-3)
    let notes = NoteEvents.notes(output)
    let expected = try Golden.expected()
    let listed = try #require(expected["basic_pitch"]?["notes"]?.array)
    let wanted = Set(listed.map { [$0["start_frame"]?.int ?? 0, $0["end_frame"]?.int ?? 0, $0["midi"]?.int ?? 0] })
    let common = wanted.intersection(notes.map { [$0.startFrame, $0.endFrame, $0.midi] })
    #expect(Double(common.count) >= 0.97 * Double(max(wanted.count, notes.count)))
    for item in listed {
      guard let found = notes.first(where: { $0.startFrame == item["start_frame"]?.int && $0.midi == item["midi"]?.int && $0.endFrame == item["end_frame"]?.int }) else { continue }
      let bends = item["bend_thirds"]?.array?.compactMap(\.int) ?? []
      let equal = zip(found.bends, bends).count { $0 == $1 }
      #expect(found.bends.count == bends.count && Double(equal) >= 0.95 * Double(bends.count))
    }
  }
}
