import JSON
import Testing

@Suite struct JSONTests {
  @Test(arguments: [
    #"{"a":1,"b":[true,false,null],"c":{"d":"é\n\u0041"}}"#, "[]", "{}", "0.7", "-12", #""""#, #""𝄞""#, "9223372036854775807",
  ])
  func whatIsReadIsWrittenBack(_ text: String) throws {
    let value = try JSON(parsing: text)
    #expect(try JSON(parsing: value.text) == value)
    #expect(try JSON(parsing: value.prettyText) == value)
  }

  @Test func numbersKeepTheirShortForm() {
    #expect(JSON.array([0.7, 0.1, 12, 120.5]).text == "[0.7,0.1,12,120.5]")
    #expect(JSON.double(.nan).text == "null")
  }

  @Test func aFaultNamesItsPlace() {
    let error = #expect(throws: JSONError.self) { try JSON(parsing: "{\n  \"a\": }") }
    #expect(error?.line == 2)
    #expect(error.map { $0.column >= 8 } == true)
    #expect(error?.reason.isEmpty == false)
  }

  @Test(arguments: [
    "", "{", "[1,]", #"{"a":1,"a":2}"#, "1 2", "nul", #"{"a":1e999}"#, "99999999999999999999", "\"\\u0000\"", "NaN",
  ])
  func malformedTextIsRefused(_ text: String) {
    #expect(throws: JSONError.self) { try JSON(parsing: text) }
  }

  @Test func invalidUTF8IsRefused() {
    #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
  }

  @Test func deepNestingIsRefusedAndDoesNotCrash() throws {
    func nest(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JSON(parsing: nest(JSON.maximumDepth))
    for depth in [JSON.maximumDepth + 2, 2_000, 100_000] {
      #expect(throws: JSONError.self) { try JSON(parsing: nest(depth)) }
    }
  }

  @Test func integersAndFloatsCrossWhereTheyAgree() throws {
    let value = try JSON(parsing: #"{"i": 64, "f": 64.0, "g": 64.5}"#)
    #expect(value["i"]?.double == 64)
    #expect(value["f"]?.int == 64)
    #expect(value["g"]?.int == nil)
  }

  @Test func membersKeepTheirOrderAndReplaceInPlace() {
    var members: JSON.Members = ["b": 1, "a": 2]
    members["b"] = 3
    members["c"] = .null
    members["a"] = nil
    #expect(JSON.object(members).text == #"{"b":3,"c":null}"#)
  }

  @Test func stringsWithQuotesControlsAndNulSurvive() throws {
    let text = "\"\\\u{0}\u{1F}\u{7F}é"
    #expect(JSON.string(text).text == "\"\\\"\\\\\\u0000\\u001F\u{7F}é\"")
  }
}
