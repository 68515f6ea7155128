import ParlaFiles

/// Writes transcripts as the `--json` of DeepSpeech's and Coqui STT's clients.
///
/// Their words are cut at the spaces of the tokens, and last from their first token to the space
/// after them, or to their own last token at the end (`native_client/client.cc` and
/// `native_client/python/client.py` of 0.9.3).
public enum DeepSpeechJSONWriter {
  /// The output of the native client for `result`.
  public static func nativeText(for result: TranscribedFile) -> String {
    let objects = transcripts(of: result).map { transcript in
      let words = words(of: transcript, result.labels).map { word in
        "{\"word\":\(quoted(word.text)),\"time\":\(short(word.start)),"
          + "\"duration\":\(short(word.duration))}"
      }
      return "\"metadata\":{\"confidence\":\(short(transcript.naturalLogProbability))},"
        + "\"words\":[\(words.joined(separator: ","))]"
    }
    let alternatives = objects.dropFirst().map { "{\($0)}" }.joined(separator: ",\n")
    let further = objects.count > 1 ? ",\n\"alternatives\":[\n\(alternatives)\n]" : ""
    return "{\n\(objects.first ?? "")\(further)\n}\n\n"
  }

  /// The output of the Python client for `result`.
  public static func pythonText(for result: TranscribedFile) -> String {
    let objects = transcripts(of: result).map { transcript in
      let words = words(of: transcript, result.labels).map { word in
        """
                {
                  "word": \(quoted(word.text, isASCII: true)),
                  "start_time": \(rounded(word.start)),
                  "duration": \(rounded(word.duration))
                }
        """
      }
      let list = words.isEmpty ? "[]" : "[\n\(words.joined(separator: ",\n"))\n      ]"
      return """
            {
              "confidence": \(transcript.naturalLogProbability),
              "words": \(list)
            }
        """
    }
    return "{\n  \"transcripts\": [\n\(objects.joined(separator: ",\n"))\n  ]\n}\n"
  }

  private static func transcripts(of result: TranscribedFile) -> [Transcript] {
    result.candidates.isEmpty ? [result.transcript] : result.candidates
  }
}

// MARK: - Words

extension DeepSpeechJSONWriter {
  private struct TimedText {
    var text: String
    var start: Float
    var duration: Float
  }

  private static func words(of transcript: Transcript, _ labels: TokenLabels) -> [TimedText] {
    var words: [TimedText] = []
    var spelled: [Int] = []
    var start: Float = 0
    for (index, token) in transcript.tokens.enumerated() where token.label < labels.texts.count {
      let label = labels.texts[token.label]
      // Single precision, as in the clients' metadata, so that the digits are theirs.
      let time = Float(token.frame) * Float(labels.secondsPerFrame)
      if label != " " {
        if spelled.isEmpty { start = time }
        spelled.append(token.label)
      }
      if label == " " || index == transcript.tokens.count - 1 {
        words.append(
          TimedText(text: labels.text(spelled), start: start, duration: max(0, time - start)))
        spelled = []
        start = 0
      }
    }
    return words
  }
}

// MARK: - Numbers and strings

extension DeepSpeechJSONWriter {
  /// Six significant digits, as a C++ stream prints.
  private static func short(_ value: Float) -> String { short(Double(value)) }

  private static func short(_ value: Double) -> String { formatted("%g", value) }

  /// Four digits after the point, as Python's `round` and `repr` give them.
  private static func rounded(_ value: Float) -> String {
    "\((Double(value) * 10000).rounded() / 10000)"
  }

  /// `text` as a JSON string; with `isASCII`, all else is escaped, as Python does it.
  private static func quoted(_ text: String, isASCII: Bool = false) -> String {
    let letters = text.unicodeScalars.map { scalar in
      scalar.isASCII || isASCII ? String(scalar).utf16.map(escape).joined() : String(scalar)
    }
    return "\"\(letters.joined())\""
  }

  private static func escape(_ unit: UInt16) -> String {
    switch unit {
    case 0x22: "\\\""
    case 0x5c: "\\\\"
    case 0x20..<0x7f: String(UnicodeScalar(UInt8(unit)))
    default: formatted("\\u%04x", Int(unit))
    }
  }
}
