/// The clips that are still to be made, those of the same recordings together.
struct ClipGroups {
  /// The position of each group's first clip.
  let firsts: [Int32]
  /// All positions of the groups of recordings from which passages are cut, by the first.
  private let cut: [Int32: [Int]]

  /// Groups those of the `requests` of which `isWanted` is true for the position.
  init(of requests: ClipRequests, where isWanted: (Int) -> Bool) {
    // Of a recording without passages there is one clip.
    let withPassages = Set(requests.indices.filter(requests.isPassage).map(requests.audio))
    var firsts: [Int32] = []
    var firstByAudio: [Int32: Int32] = [:]
    var cut: [Int32: [Int]] = [:]
    for position in requests.indices where isWanted(position) {
      let audio = requests.audio(position)
      if let first = firstByAudio[audio] {
        cut[first, default: []].append(position)
        continue
      }
      let first = Int32(position)
      firsts.append(first)
      guard withPassages.contains(audio) else { continue }
      firstByAudio[audio] = first
      cut[first] = [position]
    }
    self.firsts = firsts
    self.cut = cut
  }

  /// The positions of the clips in the group of `first`.
  func positions(_ first: Int32) -> [Int] { cut[first] ?? [Int(first)] }
}

/// The groups of clips that wait for members of archives.
struct WaitingGroups {
  private let tree: SourceTree
  /// The position of a member in the tree, and the first clip of a group that waits for it, sorted.
  private var pairs: [(member: Int32, first: Int32)] = []
  /// How many members are missing, for groups that wait for several.
  private var missingCounts: [Int32: Int] = [:]

  /// The groups with the clips at `firsts`, of `requests` for recordings in `tree`.
  init(_ firsts: [Int32], of requests: ClipRequests, in tree: SourceTree) {
    self.tree = tree
    for first in firsts {
      let audio = requests.recordings[requests.audio(Int(first))]
      let packed = Set(audio.filter { tree.file($0)?.folder == nil })
      for member in packed.compactMap(tree.position(spelled:)) {
        pairs.append((Int32(member), first))
      }
      if packed.count > 1 { missingCounts[first] = packed.count }
    }
    pairs.sort { $0 < $1 }
  }

  /// The first clips of the groups that wait for the member at `path`; none when it was asked before.
  mutating func users(of path: String) -> [Int32] {
    guard let position = tree.position(spelled: path) else { return [] }
    let member = Int32(position)
    let start = pairs.firstPosition { $0.member >= member }
    let end = pairs[start...].firstIndex { $0.member != member } ?? pairs.endIndex
    let users = pairs[start..<end].map(\.first).filter { $0 >= 0 }
    for index in start..<end { pairs[index].first = -1 }
    return users
  }

  /// Whether the group of `first`, for which a member has come, waits for no other.
  mutating func isComplete(_ first: Int32) -> Bool {
    guard let count = missingCounts[first] else { return true }
    missingCounts[first] = count - 1
    return count == 1
  }
}
