import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct SourceTextTests {
  @Test(
    arguments: [
      (.utf8, nil), (.utf16, "utf-16"), (.windowsCP1252, "windows-1252"),
    ] as [(String.Encoding, String?)])
  func filesAreReadInTheirEncoding(encoding: String.Encoding, name: String?) throws {
    try withTemporaryFolder { folder in
      let text = "Grüße aus Köln, sagt er.\n"
      let path = folder + "/text.txt"
      try #require(text.data(using: encoding)).write(to: URL(fileURLWithPath: path))
      let read = try SourceText(file: path)
      #expect(read.text == text)
      #expect(read.encodingName == name)
    }
  }

  @Test func whatIsNoTextIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/sound.wav"
      try Data("RIFF\0 sound ü".utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: ImportError.self) { try SourceText(file: path) }
      #expect(error == .notText(path: path, encoding: "utf-8"))
      #expect(
        error?.description
          == "\(path): found bytes that are no text in utf-8, expected a text. Name its encoding, such as with "
          + "--encoding windows-1252, or save it as UTF-8.")
    }
  }
}
