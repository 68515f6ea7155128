import Foundation
import ParlaFiles

/// The dialogues of the game Fish Fillets NG, acted by volunteers.
///
/// Debian's `fillets-ng-data` holds the texts (`script/LEVEL/dialogs_LL.lua`: pairs `dialogId("id", "font", "English")
/// dialogStr("text")`), `fillets-ng-data-LL` the recordings. The font identifies the characters.
public struct FilletsImporter: DebianImporter {
  /// Makes the importer.
  public init() {}

  /// The name by which people ask for the corpus.
  public let name = "fillets"

  /// A one-line description of the corpus.
  public let summary = "dialogues of the game Fish Fillets, acted, 1.3 to 1.6 hours"

  /// Under which terms it may be used.
  public let licence = "GPL-2"

  /// The languages with usable recordings.
  public let languages = ["cs", "nl"]

  /// The texts' package and the recordings' package.
  public func packages(for language: String) -> [String] {
    ["fillets-ng-data", "fillets-ng-data-\(language)"]
  }

  /// The dialogues, level by level in the order of their names, then recordings that no dialogue names.
  ///
  /// - Throws: `ImportError.sourceLacks`, `.file`.
  public func utterances(
    in root: String, language: String
  ) throws(ImportError) -> [Utterance] {
    let game = "\(root)/usr/share/games/fillets-ng"
    var utterances: [Utterance] = []
    for level in names(in: "\(game)/script") {
      let recordings = recordings(in: "\(game)/sound/\(level)", language: language)
      let scripts = names(in: "\(game)/script/\(level)")
        .filter { $0.hasSuffix("dialogs_\(language).lua") }
      for script in scripts {
        let dialogues = try dialogues(in: "\(game)/script/\(level)/\(script)")
        utterances += dialogues.map { dialogue in
          Utterance(
            key: "\(level)/\(dialogue.id)",
            audioPath: recordings[dialogue.id] ?? "\(game)/sound/\(level)/\(dialogue.id).ogg",
            text: dialogue.text, speaker: dialogue.speaker)
        }
      }
      let said = Set(utterances.map(\.audioPath))
      utterances += recordings.sorted { $0.key < $1.key }.filter { !said.contains($0.value) }.map {
        Utterance(key: "\(level)/\($0.key)", audioPath: $0.value, text: "", speaker: "")
      }
    }
    guard !utterances.isEmpty else {
      throw .sourceLacks(
        folder: root, expected: "usr/share/games/fillets-ng/script/*/dialogs_\(language).lua")
    }
    return utterances
  }

  /// The recordings in `LL` folders under a level's `folder`, by their dialogue's id.
  private func recordings(in folder: String, language: String) -> [String: String] {
    let files = (FileManager.default.enumerator(atPath: folder)?.allObjects ?? [])
      .compactMap { $0 as? String }
    let recordings = files.filter { file in
      file.hasSuffix(".ogg") && file.split(separator: "/").dropLast().last == language[...]
    }
    return Dictionary(
      recordings.map { file in
        (file.fileName.replacing(".ogg", with: ""), "\(folder)/\(file)")
      }, uniquingKeysWith: { first, _ in first })
  }

  private func dialogues(
    in path: String
  ) throws(ImportError) -> [(id: String, speaker: String, text: String)] {
    let script: String
    do { script = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw .file(.unreadable(path: path, reason: systemReason(error)))
    }
    return script.matches(of: Self.dialogue).map { match in
      let (_, id, font, text) = match.output
      return (String(id), String(font.trimmingPrefix("font_")), unescaped(text))
    }
  }

  private func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// Lua's escapes in strings; the texts use those for quotes and backslashes only.
  private func unescaped(_ text: Substring) -> String {
    String(text.replacing(Self.escape) { $0.output.1 })
  }

  // Created for each use: a regex cannot be shared between threads.
  private static var dialogue: Regex<(Substring, Substring, Substring, Substring)> {
    /dialogId\("([^"]*)",\s*"([^"]*)",\s*"(?:[^"\\]|\\.)*"\)\s*dialogStr\(\s*"((?:[^"\\]|\\.)*)"\)/
  }

  private static var escape: Regex<(Substring, Substring)> { /\\(.)/ }
}
