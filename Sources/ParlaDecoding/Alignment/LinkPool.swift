/// The words that tokens have found, as chains that share their beginnings.
struct LinkPool: Sendable {
  /// A word with the one before it.
  struct Link: Sendable {
    var previous: Int32
    let word: Int32
    let start: Int32
    let end: Int32
    let score: Float
    let gap: Float
  }

  private var links: [Link] = []

  /// How many links there are.
  var count: Int { links.count }

  subscript(_ index: Int32) -> Link { links[Int(index)] }

  /// Adds a link, and returns its index.
  mutating func add(_ link: Link) -> Int32 {
    links.append(link)
    return Int32(links.count - 1)
  }

  /// Drops what none of the chains that end in `ends` needs; -1 is the end of none.
  ///
  /// - Returns: The links that all chains begin with, which are dropped too, and the new index of each of `ends`.
  mutating func compact(_ ends: [Int32]) -> (agreed: [Link], ends: [Int32]) {
    var uses = [Int32](repeating: 0, count: links.count)
    for end in ends where end >= 0 { uses[Int(end)] += 1 }
    // A link follows its predecessor in memory, so uses add up on the way to the front.
    var total = [Int32](repeating: 0, count: links.count)
    for index in links.indices.reversed() where uses[index] + total[index] > 0 {
      total[index] += uses[index]
      let previous = links[index].previous
      if previous >= 0 { total[Int(previous)] += total[index] }
    }
    let isAgreed = { (index: Int) in !ends.isEmpty && Int(total[index]) == ends.count }
    var agreed: [Link] = []
    var places = [Int32](repeating: -1, count: links.count)
    var kept: [Link] = []
    for index in links.indices where total[index] > 0 {
      if isAgreed(index) {
        agreed.append(links[index])
        continue
      }
      var link = links[index]
      link.previous = link.previous >= 0 ? places[Int(link.previous)] : -1
      places[index] = Int32(kept.count)
      kept.append(link)
    }
    links = kept
    return (agreed, ends.map { $0 >= 0 ? places[Int($0)] : -1 })
  }
}
