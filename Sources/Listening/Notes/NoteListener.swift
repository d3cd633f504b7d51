public import Audio
import Foundation

/// Notes of any sound, by basic-pitch.
public struct NoteListener: Sendable {
  let network: BasicPitch
  public static let sampleRate = BasicPitch.sampleRate

  /// - Throws: `CheckpointError`.
  public init(_ pack: ListeningPack) throws { network = try BasicPitch(pack) }

  /// All notes, of one voice or of many.
  /// - Parameter samples: mono at 22,050 Hz.
  public func notes(
    in samples: [Float], crew: Crew, progress: (Double) throws -> Void = { _ in }
  ) throws -> [HeardNote] {
    try notes(in: samples, NoteEvents.Thresholds(), crew: crew, progress: progress)
  }

  func notes(
    in samples: [Float], _ thresholds: NoteEvents.Thresholds, crew: Crew, progress: (Double) throws -> Void = { _ in }
  ) throws -> [HeardNote] {
    NoteEvents.notes(try network(samples, crew: crew, progress: progress), thresholds)
  }

  /// The melody of a separated voice: one note at a time (`listening.md` 4.5).
  public func melody(
    in samples: [Float], crew: Crew, progress: (Double) throws -> Void = { _ in }
  ) throws -> [HeardNote] {
    try melody(in: samples, NoteEvents.Thresholds(), crew: crew, progress: progress)
  }

  /// - Parameter range: where its pitches may lie.
  func melody(
    in samples: [Float], _ thresholds: NoteEvents.Thresholds, range: ClosedRange<Int> = 40...84, crew: Crew,
    progress: (Double) throws -> Void = { _ in }
  ) throws -> [HeardNote] {
    let output = try network(samples, crew: crew, progress: progress)
    let notes = NoteEvents.notes(output, thresholds).filter { range.contains($0.midi) }
    // In each frame the note whose pitch is strongest there; of equal ones the longer.
    var owner = [Int?](repeating: nil, count: output.frames)
    for (index, note) in notes.enumerated() {
      for frame in note.startFrame..<min(note.endFrame, output.frames) {
        guard let other = owner[frame] else {
          owner[frame] = index
          continue
        }
        let mine = output.note[frame * BasicPitch.pitches + note.midi - 21]
        let theirs = output.note[frame * BasicPitch.pitches + notes[other].midi - 21]
        let isLonger = note.endFrame - note.startFrame > notes[other].endFrame - notes[other].startFrame
        if mine > theirs || (mine == theirs && isLonger) { owner[frame] = index }
      }
    }
    var melody: [HeardNote] = []
    var frame = 0
    while frame < owner.count {
      guard let index = owner[frame] else {
        frame += 1
        continue
      }
      let start = frame
      while frame < owner.count, owner[frame] == index { frame += 1 }
      var note = notes[index]
      let bends = note.bends.dropFirst(start - note.startFrame).prefix(frame - start)
      note.bends = Array(bends)
      (note.startFrame, note.endFrame) = (start, frame)
      (note.start, note.end) = (BasicPitch.seconds(start), BasicPitch.seconds(frame))
      // Sung between two keys: the nearer one.
      let middle = note.bends.dropFirst(note.bends.count / 4).prefix(max(1, note.bends.count / 2)).map(Double.init)
      let bend = Array(middle).median / 3
      if abs(bend) > 0.5 {
        note.midi += bend > 0 ? 1 : -1
        note.bends = note.bends.map { $0 - (bend > 0 ? 3 : -3) }
      }
      if let last = melody.last, last.midi == note.midi, note.start - last.end < 0.08 {
        melody[melody.count - 1].end = note.end
        melody[melody.count - 1].endFrame = note.endFrame
        melody[melody.count - 1].bends += note.bends
      } else {
        melody.append(note)
      }
    }
    return melody.filter { $0.end - $0.start >= 0.09 && $0.amplitude >= 0.35 }
  }
}

extension [HeardNote] {
  /// Starts and ends drawn to parts of the beats: four to a beat, or six in a triplet feel. Notes that would vanish last one part.
  /// - Parameter beats: seconds, at least two; else nothing changes.
  public func quantised(to beats: [Double], partsPerBeat: Int) -> [HeardNote] {
    guard beats.count > 1, partsPerBeat > 0 else { return self }
    let (before, after) = (beats[1] - beats[0], beats[beats.count - 1] - beats[beats.count - 2])
    guard before > 0, after > 0 else { return self }
    func position(_ seconds: Double) -> Double {
      if seconds <= beats[0] { return (seconds - beats[0]) / before }
      guard let next = beats.firstIndex(where: { $0 > seconds }) else {
        return Double(beats.count - 1) + (seconds - beats[beats.count - 1]) / after
      }
      return Double(next - 1) + (seconds - beats[next - 1]) / (beats[next] - beats[next - 1])
    }
    func seconds(_ position: Double) -> Double {
      if position <= 0 { return Swift.max(0, beats[0] + position * before) }
      if position >= Double(beats.count - 1) { return beats[beats.count - 1] + (position - Double(beats.count - 1)) * after }
      let index = Int(position)
      return beats[index] + (position - Double(index)) * (beats[index + 1] - beats[index])
    }
    let parts = Double(partsPerBeat)
    return map { note in
      var note = note
      let start = (position(note.start) * parts).rounded()
      let end = Swift.max(start + 1, (position(note.end) * parts).rounded())
      (note.start, note.end) = (seconds(start / parts), seconds(end / parts))
      return note
    }
  }
}
