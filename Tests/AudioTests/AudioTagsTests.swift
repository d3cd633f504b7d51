import Audio
import Testing

struct AudioTagsTests {
  let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  static var full: AudioTags {
    var tags = AudioTags()
    tags.title = "Über den Wolken – 夜"
    tags.artist = "A. Singer"
    tags.album = "Cantiga"
    tags.date = "2026-11-22"
    tags.genre = "Modern Pop"
    tags.bpm = 120
    tags.key = "Am"
    tags.lyrics = "First line\nsecond = line\n\nলাইন"
    tags.language = "eng"
    tags.comment = "job 42, seed 7"
    tags.isAIGenerated = true
    tags.encoder = "Cantiga"
    return tags
  }

  @Test(arguments: AudioFormat.allCases)
  func everyTagComesBackAndTheSoundStays(format: AudioFormat) throws {
    let path = folder.file("tagged.part")
    try AudioFile.write(twoTones(frames: 10_000), to: path, format: format)
    let untagged = try AudioFile.read(path)
    try Self.full.write(to: path, format: format)
    #expect(try AudioTags(readingFrom: path, format: format) == Self.full)
    let tagged = try AudioFile.read(path)
    #expect(tagged.left == untagged.left && tagged.right == untagged.right)
  }

  @Test(arguments: AudioFormat.allCases)
  func writingAgainReplacesWhatWasThere(format: AudioFormat) throws {
    let path = folder.file("twice.\(format.fileExtension)")
    try AudioFile.write(twoTones(frames: 1000), to: path, format: format)
    try Self.full.write(to: path, format: format)
    var other = AudioTags()
    other.title = "Another"
    try other.write(to: path, format: format)
    #expect(try AudioTags(readingFrom: path, format: format) == other)
  }

  @Test func aFileOfAnotherFormatIsRefused() throws {
    let path = folder.file("really.wav")
    try AudioFile.write(twoTones(frames: 1000), to: path, format: .wav)
    #expect(throws: AudioError.self) { try Self.full.write(to: path, format: .flac) }
    #expect(throws: AudioError.self) { try AudioTags(readingFrom: folder.file("absent"), format: .mp3) }
  }
}
