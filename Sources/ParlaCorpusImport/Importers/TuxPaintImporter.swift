import Foundation

/// The descriptions of the stamps of the drawing program Tux Paint, read by volunteers.
///
/// Debian's `tuxpaint-stamps-default` has, next to each stamp `X`, the texts in all languages (`X.txt`: lines
/// `LL.utf8=text`) and the recordings (`X_desc_LL.ogg`).
///
/// The Catalan, Belarusian and Greek recordings are excluded: they say less than their texts.
public struct TuxPaintImporter: DebianImporter {
  /// Makes the importer.
  public init() {}

  /// The name by which people ask for the corpus.
  public let name = "tuxpaint"

  /// A one-line description of the corpus.
  public let summary = "names of pictures for children, one volunteer a language, 0.1 to 0.5 hours"

  /// Under which terms it may be used.
  public let licence = "GPL-2 or later"

  /// The languages with usable recordings.
  public let languages = ["bg", "da", "es", "fr", "ro", "ru"]

  /// The one package with all languages.
  public func packages(for language: String) -> [String] { ["tuxpaint-stamps-default"] }

  /// The stamps' descriptions, in the order of their paths.
  ///
  /// - Throws: `ImportError.sourceLacks`.
  public func utterances(
    in root: String, language: String
  ) throws(ImportError) -> [Utterance] {
    let stamps = "\(root)/usr/share/tuxpaint/stamps"
    let ending = "_desc_\(language).ogg"
    let recordings = (FileManager.default.enumerator(atPath: stamps)?.allObjects ?? [])
      .compactMap { $0 as? String }.filter { $0.hasSuffix(ending) }.sorted()
    guard !recordings.isEmpty else {
      throw .sourceLacks(folder: root, expected: "usr/share/tuxpaint/stamps/**/*\(ending)")
    }
    return recordings.map { recording in
      let stamp = String(recording.dropLast(ending.count))
      return Utterance(
        key: stamp, audioPath: "\(stamps)/\(recording)",
        text: text(ofStamp: "\(stamps)/\(stamp).txt", language: language), speaker: language)
    }
  }

  /// The description in `language`; empty if there is none.
  private func text(ofStamp path: String, language: String) -> String {
    let texts = FileManager.default.contents(atPath: path) ?? Data()
    let start = "\(language).utf8="
    let line = String(decoding: texts, as: UTF8.self).split(whereSeparator: \.isNewline)
      .first { $0.hasPrefix(start) }
    return line.map { String($0.dropFirst(start.count)) } ?? ""
  }
}
