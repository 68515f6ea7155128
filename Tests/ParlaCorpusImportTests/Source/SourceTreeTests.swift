import Foundation
import ParlaCorpus
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct SourceTreeTests {
  @Test func aConvertedRecordingIsPreferredToItsTwinThatCannotBeRead() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("a.wav", "sub/b.wav")
      for name in ["a.m4a", "sub/b.m4a", "c.m4a"] { try corpus.write("ftyp", to: name) }
      try corpus.write("a.m4a;Größe ja\nsub/b.m4a;zwei drei\nc.m4a;vier\n", to: "list.csv")
      let result = try corpus.imported("folder")
      #expect(try corpus.allTranscripts() == ["größe ja", "zwei drei"])
      #expect(result.leftOut.map(\.name) == ["c.m4a"])
      #expect(result.leftOut.map(\.reason) == [.mustBeConverted])
    }
  }

  @Test func emptySetsAreWarnedOf() throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      try corpus.writeTones("a.wav")
      try corpus.write("Eins.", to: "a.txt")
      let report = try corpus.imported("folder").report
      #expect(
        report.warnings == [
          "Warning: no samples are left for dev.csv and test.csv: they have a header only, which other commands "
            + "refuse. Import more recordings, divide all again with --split speaker or --split sentence, or do without: "
            + "parla train needs no --dev-files."
        ])
      #expect(report.text.contains("unknown"))
      #expect(report.total.speakers == 0)
    }
  }
}
