public import Audio
public import Music

/// All that an engine needs to play a finished song again, part by part.
public struct StemRecipe: Sendable {
  public var score: Score
  /// As the song's `UsedParameters` had them.
  public var style: String?
  public var genre: String?
  public var form: SongForm
  public var master: MasterMeasures
  /// The length of the song's recording.
  public var frames: Int
  public init(score: Score, style: String?, genre: String?, form: SongForm, master: MasterMeasures = .init(), frames: Int) {
    self.score = score
    self.style = style
    self.genre = genre
    self.form = form
    self.master = master
    self.frames = frames
  }
}

extension SongEngine {
  /// For engines that have no scores.
  public func makeStems(of recipe: StemRecipe, progress: any SongProgress) throws -> [Stem] {
    throw GenerationError.unsupported("The \(name) engine cannot make stems.")
  }
}
