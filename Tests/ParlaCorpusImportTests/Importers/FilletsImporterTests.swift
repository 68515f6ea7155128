import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct FilletsImporterTests {
  @Test func pairsDialoguesWithRecordings() throws {
    try withTemporaryFolder { folder in
      let corpus = FakeCorpus(root: folder)
      let game = "usr/share/games/fillets-ng"
      try corpus.write(
        """
        dialogId("let-m", "font_small", "What \\"ship\\"?")
        dialogStr("Co je to \\"za\\" loď?")

        dialogId("let-v", "font_big", "")
        dialogStr(
        "To je vrak.")
        dialogId("laser", "", "")
        """, to: "\(game)/script/airplane/dialogs_cs.lua")
      try corpus.write(
        "dialogId(\"smrt\", \"font_big\", \"Darn.\")\ndialogStr(\"Hrome.\")\n",
        to: "\(game)/script/share/black_dialogs_cs.lua")
      try corpus.write("", to: "\(game)/sound/airplane/cs/let-m.ogg")
      try corpus.write("", to: "\(game)/sound/airplane/cs/orphan.ogg")
      try corpus.write("", to: "\(game)/sound/airplane/nl/let-v.ogg")
      try corpus.write("", to: "\(game)/sound/share/blackjokes/cs/smrt.ogg")
      let sound = "\(folder)/\(game)/sound"
      #expect(
        try FilletsImporter().utterances(in: folder, language: "cs") == [
          Utterance(
            key: "airplane/let-m", audioPath: "\(sound)/airplane/cs/let-m.ogg",
            text: "Co je to \"za\" loď?", speaker: "small"),
          Utterance(
            key: "airplane/let-v", audioPath: "\(sound)/airplane/let-v.ogg", text: "To je vrak.",
            speaker: "big"),
          Utterance(
            key: "airplane/orphan", audioPath: "\(sound)/airplane/cs/orphan.ogg", text: "",
            speaker: ""),
          Utterance(
            key: "share/smrt", audioPath: "\(sound)/share/blackjokes/cs/smrt.ogg", text: "Hrome.",
            speaker: "big"),
        ])
    }
  }

  @Test func folderWithoutTheCorpusIsNamed() throws {
    _ = try withTemporaryFolder { folder in
      #expect(throws: ImportError.self) {
        try FilletsImporter().utterances(in: folder, language: "nl")
      }
    }
  }
}
