/// What a pack is for. The name is also that of its command, of its folder in the data folder and of the list in its manifest.
public enum PackKind: String, Sendable {
  /// The network that sings, and its voices.
  case voices
  /// The networks that listen.
  case listeners
}
