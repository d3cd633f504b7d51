import CExpat
import Foundation

/// Why a MusicXML document can't be read.
public struct MusicXMLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Counted from 1; 0 for the document as a whole.
  public let line: Int
  public let message: String
  public var description: String { line > 0 ? "Line \(line): \(message)" : message }
}

/// An XML element with what is in it.
struct XMLTree {
  let name: String
  let attributes: [String: String]
  let line: Int
  fileprivate(set) var text = ""
  fileprivate(set) var children: [XMLTree] = []

  subscript(name: String) -> XMLTree? { children.first { $0.name == name } }
  func all(_ name: String) -> [XMLTree] { children.filter { $0.name == name } }
  /// The text of a child, without the spaces around it.
  func text(_ name: String) -> String? { self[name].map { $0.text.trimmingCharacters(in: .whitespacesAndNewlines) } }
  /// A child's text as a finite number.
  func number(_ name: String) -> Double? { text(name).flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil } }
  /// A child's text as a whole number of reasonable size.
  func integer(_ name: String) -> Int? { text(name).flatMap(Int.init).flatMap { abs($0) < 1_000_000_000 ? $0 : nil } }

  /// Far more than a score of ten minutes needs.
  static let mostBytes = 64_000_000
  private static let mostElements = 4_000_000
  private static let mostDepth = 24

  /// Reads a document with expat. Nothing outside it is opened, and a document that declares entities is refused: a short
  /// one could stand for gigabytes.
  init(reading bytes: Data) throws(MusicXMLError) {
    guard bytes.count <= Self.mostBytes else {
      throw MusicXMLError(line: 0, message: "The document is longer than \(Self.mostBytes / 1_000_000) MB.")
    }
    let builder = Builder()
    guard let parser = unsafe XML_ParserCreate(nil) else { throw MusicXMLError(line: 0, message: "There is no memory to read it.") }
    defer { unsafe XML_ParserFree(parser) }
    unsafe builder.parser = parser
    unsafe XML_SetUserData(parser, Unmanaged.passUnretained(builder).toOpaque())
    unsafe XML_SetElementHandler(
      parser,
      { data, name, attributes in unsafe Builder.of(data)?.start(name, attributes) },
      { data, _ in unsafe Builder.of(data)?.end() })
    unsafe XML_SetCharacterDataHandler(parser) { data, text, count in unsafe Builder.of(data)?.add(text, Int(count)) }
    unsafe XML_SetEntityDeclHandler(parser) { data, _, _, _, _, _, _, _, _ in
      unsafe Builder.of(data)?.stop("A document that declares entities is not read.")
    }
    let status = withExtendedLifetime(builder) {
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe XML_Parse(parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), 1)
      }
    }
    if let problem = builder.problem { throw problem }
    guard status == XML_STATUS_OK, let root = builder.root else {
      throw MusicXMLError(line: max(Int(unsafe XML_GetCurrentLineNumber(parser)), 1), message: "This is not well-formed XML.")
    }
    self = root
  }

  private init(name: String, attributes: [String: String], line: Int) {
    self.name = name
    self.attributes = attributes
    self.line = line
  }

  /// What expat's calls build the tree in, one document long and on one thread.
  @safe private final class Builder {
    var root: XMLTree?
    var problem: MusicXMLError?
    var parser: XML_Parser?
    private var open: [XMLTree] = []
    private var elements = 0

    static func of(_ data: UnsafeMutableRawPointer?) -> Builder? {
      unsafe data.map { unsafe Unmanaged<Builder>.fromOpaque($0).takeUnretainedValue() }
    }

    func stop(_ message: String) {
      guard problem == nil else { return }
      problem = MusicXMLError(line: Int(unsafe XML_GetCurrentLineNumber(parser)), message: message)
      unsafe _ = XML_StopParser(parser, 0)
    }

    func start(_ name: UnsafePointer<CChar>?, _ attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?) {
      elements += 1
      guard open.count < XMLTree.mostDepth else { return stop("Elements are nested deeper than \(XMLTree.mostDepth).") }
      guard elements <= XMLTree.mostElements else { return stop("There are more than \(XMLTree.mostElements) elements.") }
      var values: [String: String] = [:]
      var index = 0
      while let attributes = unsafe attributes, let key = unsafe attributes[index], let value = unsafe attributes[index + 1] {
        values[unsafe String(cString: key)] = unsafe String(cString: value)
        index += 2
      }
      open.append(
        XMLTree(
          name: unsafe name.map { unsafe String(cString: $0) } ?? "", attributes: values,
          line: Int(unsafe XML_GetCurrentLineNumber(parser))))
    }

    func add(_ text: UnsafePointer<CChar>?, _ count: Int) {
      guard !open.isEmpty, let text = unsafe text else { return }
      open[open.count - 1].text += unsafe String(decoding: UnsafeRawBufferPointer(start: text, count: count), as: UTF8.self)
    }

    func end() {
      guard problem == nil, let element = open.popLast() else { return }
      if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }
  }
}
