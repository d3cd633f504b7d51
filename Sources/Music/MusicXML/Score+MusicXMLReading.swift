public import Foundation

extension Score {
  /// Reads MusicXML, score-partwise: our own, edited or not, and anybody's. Notes, chords, ties, lyrics, several voices,
  /// tempi, dynamics, keys, chord symbols, rehearsal marks, and repeats, which are played out; ornaments are left out.
  ///
  /// What is not in it (instruments beyond General MIDI, lateness, controllers) comes from `base`, or from the score that
  /// our own documents carry, as for ABC.
  ///
  /// - Parameter base: the score that the document was written from, if it was.
  /// - Throws: `MusicXMLError` with the line of what can't be read.
  public init(musicXML document: Data, base: Score? = nil) throws(MusicXMLError) {
    let reader = try MusicXMLReader(XMLTree(reading: document))
    let embedded = reader.tune.scoreJSON.isEmpty ? nil : try? Score(json: Data(reader.tune.scoreJSON.utf8))
    if let base = base ?? embedded, base.isWithinBounds,
      let baseTree = try? XMLTree(reading: Data(base.musicXML(performance: false).utf8)),
      let old = try? MusicXMLReader(baseTree) {
      let merge = ABCMerge(tune: reader.tune, music: reader.music, base: base, baseTune: old.tune, baseMusic: old.music)
      self = merge.score()
      return
    }
    self = reader.tune.score(of: reader.music)
  }
}
