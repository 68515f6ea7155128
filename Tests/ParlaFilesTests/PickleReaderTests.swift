import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaFiles

@Suite struct PickleReaderTests {
  private func read(
    _ bytes: [UInt8], makers: [String: PickleMaker] = PickleMaker.python
  ) throws(PickleFault) -> PickleValue {
    try PickleReader.value(in: bytes, makers: makers)
  }

  private func read(_ text: String) throws(PickleFault) -> PickleValue {
    try read([UInt8](text.utf8))
  }

  private func fixture(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: Fixture.path("pickles/" + name))))
  }

  private func expectProblem(
    _ problem: String, _ bytes: [UInt8], _ place: SourceLocation = #_sourceLocation
  ) {
    let fault = #expect(throws: PickleFault.self, sourceLocation: place) { try read(bytes) }
    if case .damaged(_, let found)? = fault {
      #expect(found.contains(problem), sourceLocation: place)
    } else {
      Issue.record("\(String(describing: fault))", sourceLocation: place)
    }
  }

  @Test(arguments: 0...5) func whatPythonWritesIsRead(version: Int) throws {
    let expected = try String(contentsOfFile: Fixture.path("pickles/kinds.txt"), encoding: .utf8)
    #expect(spelled(try read(fixture("kinds-\(version).pkl"))) + "\n" == expected)
  }

  /// What Python writes only of what is longer than the fixtures, and what Python 2 writes.
  @Test func otherInstructionsAreRead() throws {
    let length: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0]
    var long: [UInt8] = [UInt8(ascii: "("), 0x8d]
    long += length
    long += [0x61, 0x62, 0x8e]
    long += length
    long += [0x63, 0x64, UInt8(ascii: "B"), 1, 0, 0, 0, 7, 0x8b, 2, 0, 0, 0, 0xfe, 0xff]
    long += [UInt8(ascii: "t"), UInt8(ascii: ".")]
    #expect(spelled(try read(long)) == "(t6162, b6364, b07, -2)")
    #expect(
      spelled(try read("(S'a\\x00\\\\\\'\\n'\nS\"b'\"\nU\u{1}cT\u{1}\0\0\0dt."))
        == "(b61005c270a, b6227, b63, b64)")
    #expect(
      spelled(try read("(L12L\nI7\nF-0.25\nV\\u00e9\\U0001f98a\\d\nt."))
        == "(12, 7, fbfd0000000000000, tc3a9f09fa68a5c64)")
    #expect(spelled(try read("(I1\n20(NN1t.")) == "(1)")
    #expect(spelled(try read("ccollections\nOrderedDict\n((lp1\n(lp2\nI1\naI2\naatR.")) == "{1: 2}")
    #expect(
      spelled(try read("}(X\u{1}\0\0\0aK\u{1}X\u{1}\0\0\0bK\u{2}X\u{1}\0\0\0aK\u{3}u."))
        == "{t61: 3, t62: 2}")
  }

  @Test(arguments: 0...5) func everyBeginningIsRefused(version: Int) throws {
    var makers = PickleMaker.python
    makers["numpy.dtype"] = .object
    for name in ["multiarray._reconstruct", "multiarray.scalar", "numeric._frombuffer"] {
      makers["numpy._core." + name] = .object
    }
    let whole = try fixture("small-\(version).pkl")
    #expect(throws: Never.self) { try read(whole, makers: makers) }
    for length in whole.indices {
      #expect(throws: PickleFault.self, "\(length)") {
        try read(Array(whole[..<length]), makers: makers)
      }
    }
  }

  @Test func codeIsNamedAndNeverRun() throws {
    let trace = "/tmp/parla-unpickled"
    for call in [
      "cposix\nsystem\n(S'touch \(trace)'\ntR.", "(S'touch \(trace)'\niposix\nsystem\n.",
      "(cposix\nsystem\nS'touch \(trace)'\no.", "cposix\nsystem\n)\u{81}.",
    ] {
      let bytes = Array(call.unicodeScalars.map { UInt8($0.value) })
      let fault = #expect(throws: PickleFault.self) { try read(bytes) }
      guard case .call(_, let name)? = fault else {
        Issue.record("\(String(describing: fault))")
        continue
      }
      #expect(name == "posix.system")
    }
    #expect(!FileManager.default.fileExists(atPath: trace))
    // A name alone is a text like any other.
    #expect(spelled(try read("cposix\nsystem\n.")) == "posix.system")
  }

  // MARK: - Without end

  private static let count = 200_000

  private func repeated(_ text: String, _ count: Int = count) -> [UInt8] {
    [[UInt8]](repeating: [UInt8](text.unicodeScalars.map { UInt8($0.value) }), count: count)
      .flatMap(\.self)
  }

  @Test(arguments: [")\u{85}", ")t", "](", "}N"]) func nestingWithoutEndIsRefused(kind: String) {
    let problem = "more than 100 tuples, lists or mappings within each other"
    switch kind {
    case ")\u{85}": expectProblem(problem, repeated(")", 1) + repeated("\u{85}"))
    case ")t": expectProblem(problem, repeated("(") + repeated("t"))
    case "](": expectProblem(problem, repeated("]") + repeated("a"))
    default: expectProblem(problem, repeated("}N") + repeated("}", 1) + repeated("s"))
    }
    // Each is put into the one before while that is empty: how deep they are is seen when all is read.
    expectProblem(
      problem,
      Array("]q\u{0}".utf8) + repeated("]q\u{1}a0h\u{1}", 300) + Array("0h\u{0}.".utf8))
  }

  @Test func whatContainsItselfIsRefused() throws {
    let problem = "contains itself"
    expectProblem(problem, Array("]q\u{0}h\u{0}a.".utf8))
    expectProblem(problem, Array("}q\u{0}K\u{1}h\u{0}s.".utf8))
    expectProblem(problem, Array("]q\u{0}}q\u{1}K\u{1}h\u{0}sa.".utf8))
    expectProblem(problem, Array("]q\u{0}(h\u{0}ta.".utf8))
    // What is thrown away may.
    #expect(spelled(try read("]q\u{0}h\u{0}a0N.")) == "None")
  }

  /// Ten lists that have the one before ten times: 10^10 values in a hundred bytes.
  @Test func sharingWithoutEndIsRefused() throws {
    func bomb(_ levels: Int) -> [UInt8] {
      var bytes = Array("K\u{1}q\u{0}".utf8)
      for _ in 0..<levels {
        bytes += Array("(h\u{0}h\u{0}h\u{0}h\u{0}h\u{0}h\u{0}h\u{0}h\u{0}h\u{0}h\u{0}tq\u{0}".utf8)
      }
      return bytes + Array(".".utf8)
    }
    #expect(throws: Never.self) { try read(bomb(3)) }
    expectProblem("more often than memory", bomb(10))
    expectProblem("more often than memory", bomb(90))
    // Bytes made of a text, again and again.
    let text = Array("X\0\0\u{10}\0".utf8) + [UInt8](repeating: 0x61, count: 1 << 20)
    let calls = Array(
      "\u{85}q\u{0}0c_codecs\nencode\nq\u{1}".unicodeScalars.map { UInt8($0.value) })
    expectProblem(
      "more values than memory",
      text + calls + repeated("h\u{1}h\u{0}R", 100))
  }

  @Test func lengthsWithoutEndAreRefused() {
    for code in [0x8d, 0x8e, 0x96] as [UInt8] {
      expectProblem("beyond all memory", [code, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x2e])
      expectProblem("cut short", [code] + [UInt8](repeating: 0xff, count: 7) + [0x7f, 0x2e])
    }
    for code in "XTB".utf8 { expectProblem("cut short", [code, 0xff, 0xff, 0xff, 0xff, 0x2e]) }
    expectProblem("4294967295 bytes", [0x8b, 0xff, 0xff, 0xff, 0xff, 0x2e])
    expectProblem("nothing remembered", [UInt8(ascii: "j"), 0xff, 0xff, 0xff, 0xff, 0x2e])
    expectProblem("a name of more", Array("c".utf8) + repeated("a", 1200) + Array("\nb\n.".utf8))
  }

  @Test func whatIsNotThereIsNotTaken() {
    for bytes in [
      "", ".", "0.", "1.", "t.", "R.", "b.", "a.", "N(a.", "(Nu.", "}(Nu.", "p0\n.",
      "g0\n.", "gx\n.", "q.", "Nb.", "N)R.",
    ] {
      #expect(throws: PickleFault.self, "\(bytes)") { try read(bytes) }
    }
  }

  /// As `scripts/goldens/pickles.py` spells a value.
  private func spelled(_ value: PickleValue) -> String {
    func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
      bytes.map { (0x100 | Int($0)) }.map { String(String($0, radix: 16).dropFirst()) }.joined()
    }
    switch value {
    case .none: return "None"
    case .bool(let truth): return truth ? "True" : "False"
    case .int(let number): return "\(number)"
    case .float(let number):
      return "f"
        + hexadecimal((0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (56 - 8 * $0)) })
    case .text(let text): return "t" + hexadecimal(text.utf8)
    case .bytes(let bytes): return "b" + hexadecimal(bytes)
    case .tuple(let values): return "(" + values.map(spelled).joined(separator: ", ") + ")"
    case .list(let values): return "[" + values.map(spelled).joined(separator: ", ") + "]"
    case .dictionary(let pairs):
      return "{" + pairs.map { "\(spelled($0.key)): \(spelled($0.value))" }.joined(separator: ", ")
        + "}"
    case .name(let name): return name
    case .object(let object): return object.name
    case .reference(let value): return "@" + spelled(value)
    }
  }
}
