/// Some words that are read together, as a subtitle or a phrase.
struct Cue: Equatable {
  /// The words, separated by spaces and, between the lines of a subtitle, by line ends.
  var text: String
  /// When the first word starts, in seconds.
  var start: Double
  /// When the last word ends, in seconds.
  var end: Double
}

extension Cue {
  /// The words between pauses of at least half a second.
  static func phrases(of words: [Word]) -> [Cue] {
    groups(of: words) { group, word in word.start - (group.last?.end ?? 0) >= 0.5 }.map { group in
      Cue(
        text: group.map(\.text).joined(separator: " "), start: group.first?.start ?? 0,
        end: group.last?.end ?? 0)
    }
  }

  /// The words as subtitles of at most two lines of 42 characters and seven seconds, which end at
  /// pauses of half a second, and stay for a second where the next one allows it.
  static func subtitles(of words: [Word]) -> [Cue] {
    let groups = groups(of: words) { group, word in
      guard let first = group.first, let last = group.last else { return false }
      return word.start - last.end >= 0.5 || word.end - first.start > 7
        || lines(of: group + [word]).count > 2
    }
    var cues: [Cue] = []
    for (index, group) in groups.enumerated() {
      guard let first = group.first, let last = group.last else { continue }
      let next = index + 1 < groups.count ? groups[index + 1].first?.start ?? .infinity : .infinity
      let end = max(last.end, min(first.start + 1, next))
      cues.append(
        Cue(text: lines(of: group).joined(separator: "\n"), start: first.start, end: end))
    }
    return cues
  }

  /// Words in order, a new group wherever `endsBefore` says so of the group so far and the next word.
  private static func groups(
    of words: [Word], endsBefore: ([Word], Word) -> Bool
  ) -> [[Word]] {
    var groups: [[Word]] = []
    var group: [Word] = []
    for word in words {
      if !group.isEmpty, endsBefore(group, word) {
        groups.append(group)
        group = []
      }
      group.append(word)
    }
    if !group.isEmpty { groups.append(group) }
    return groups
  }

  /// The words in lines of at most 42 characters, but for words that are longer.
  private static func lines(of words: [Word]) -> [String] {
    var lines: [String] = []
    for word in words {
      if let line = lines.last, line.count + 1 + word.text.count <= 42 {
        lines[lines.count - 1] = line + " " + word.text
      } else {
        lines.append(word.text)
      }
    }
    return lines
  }
}
