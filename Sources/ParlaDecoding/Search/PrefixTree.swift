/// The prefixes of a search: trees in one array, linked by indices, with freed nodes used again.
///
/// A node is live while its prefix is in the beam. A dead node stays while live ones are above it and
/// below it, since the search may come back to it:
///
///     live ── dead ── live ── live        a prefix is extended by a label at a time, so that one
///        └─── live                        without a live beginning is never reached again
///
/// What has no live node above it is a root, so that the nodes are as many as the beam needs, however
/// long ago its prefixes parted: what is common to them, or was, stands in `TokenHistory`.
struct PrefixTree {
  /// No node.
  static let none: Int32 = -1

  /// The node of the empty prefix, until it is freed.
  static let empty: Int32 = 0

  /// The label of the empty prefix.
  static let noLabel: Int32 = -1

  struct Node {
    /// Log probabilities of the alignments up to the last frame that end in a blank, those that end
    /// in the last label, and both.
    var blank: Float = -.infinity
    var nonBlank: Float = -.infinity
    var score: Float = -.infinity
    /// The same up to this frame.
    var newBlank: Float = -.infinity
    var newNonBlank: Float = -.infinity

    /// The last label of the prefix.
    let label: Int32
    fileprivate(set) var parent: Int32
    /// The first child; in a free node, the next free one.
    fileprivate(set) var firstChild = PrefixTree.none
    fileprivate(set) var nextSibling: Int32
    fileprivate var previousSibling = PrefixTree.none
    /// Whether the prefix is in the beam.
    var isLive = true
    /// Whether this frame's best alignment comes from the parent: the last label starts at this frame.
    var isEmittedNow = false
    /// How many bytes the last character lacks, in bytes mode.
    var missingBytes: Int8 = 0
    /// The last frame at which the prefix was in the beam.
    var frame: Int32 = -1
    /// The last frame at which the last label, rather than the blank after it, is the likelier.
    var lastLabelFrame: Int32 = -1
    /// The tokens of the prefix up to the last frame, in `TokenHistory`, and up to this one.
    var history = TokenHistory.none
    var newHistory = TokenHistory.none

    /// The state of the scorer's lexicon after the prefix.
    var lexiconState = LexiconTrie.none
    /// The complete units of the prefix, in the tree's contexts.
    var context = UnitContexts.none
    /// The state of the grammar after the prefix.
    var grammarState: Int32 = 0
    /// The state of the search for hot phrases after the prefix.
    var phraseState: Int32 = 0

    /// `openLabels`; all bits, which no label has together with the others, for nil.
    fileprivate var openBits = UInt64.max

    /// The labels that may follow and have no child, a bit each; nil before it was asked for, or when
    /// there are more labels than bits.
    var openLabels: UInt64? {
      get { openBits == .max ? nil : openBits }
      set { openBits = newValue ?? .max }
    }
  }

  private(set) var nodes: [Node]
  /// Of each node, the unit that the prefix ends with, once it was weighed; as far as the last that was.
  ///
  /// Apart from the nodes, which every frame goes through and which should stay small.
  private(set) var units: [UnitScore?] = []
  var contexts = UnitContexts()
  private var firstFree = none

  /// How many nodes are in the tree.
  private(set) var count = 1

  /// Makes a tree of the empty prefix alone.
  init() {
    nodes = [Node(label: Self.noLabel, parent: Self.none, nextSibling: Self.none)]
  }

  subscript(_ index: Int32) -> Node {
    _read { yield nodes[Int(index)] }
    _modify { yield &nodes[Int(index)] }
  }

  /// Changes each of the nodes `indices`, but not the links between them.
  @inline(__always)
  mutating func update(_ indices: [Int32], _ body: (inout Node, Int32) -> Void) {
    var nodes = nodes.mutableSpan
    for index in indices { body(&nodes[Int(index)], index) }
  }

  /// The unit that the prefix of node `index` ends with, once it was weighed.
  func unit(of index: Int32) -> UnitScore? {
    Int(index) < units.count ? units[Int(index)] : nil
  }

  /// Remembers the unit that the prefix of node `index` ends with.
  mutating func setUnit(_ unit: UnitScore?, of index: Int32) {
    while units.count <= Int(index) { units.appendSparingly(nil) }
    units[Int(index)] = unit
  }

  /// The child of `parent` for `label`, or `none`.
  func child(of parent: Int32, label: Int32) -> Int32 {
    var child = self[parent].firstChild
    while child != Self.none, self[child].label != label { child = self[child].nextSibling }
    return child
  }

  /// Adds the child of `parent` for `label`, which must not exist.
  mutating func addChild(label: Int32, of parent: Int32) -> Int32 {
    let sibling = self[parent].firstChild
    let node = Node(label: label, parent: parent, nextSibling: sibling)
    let index: Int32
    if firstFree == Self.none {
      index = Int32(nodes.count)
      nodes.appendSparingly(node)
    } else {
      index = firstFree
      firstFree = self[index].firstChild
      self[index] = node
      if Int(index) < units.count { units[Int(index)] = nil }
    }
    if sibling != Self.none { self[sibling].previousSibling = index }
    self[parent].firstChild = index
    if let open = self[parent].openLabels {
      self[parent].openLabels = open & ~(1 << UInt64(label))
    }
    count += 1
    return index
  }

  /// Takes the prefix of node `index` out of the beam, and frees what the search can thereby never reach or never use again.
  mutating func kill(_ index: Int32) {
    self[index].isLive = false
    if self[index].firstChild == Self.none {
      freeUseless(index)
    } else if self[index].parent == Self.none {
      freeUnreachable(index)
    }
  }

  /// Frees the dead node `index`, which has no children, and its ancestors that are then as useless.
  private mutating func freeUseless(_ index: Int32) {
    var index = index
    while index != Self.none, !self[index].isLive, self[index].firstChild == Self.none {
      let parent = self[index].parent
      if parent != Self.none { unlink(index) }
      free(index)
      index = parent
    }
  }

  /// Frees the dead root `index` and the dead nodes below it down to the first live ones, which become roots.
  private mutating func freeUnreachable(_ index: Int32) {
    var dead = [index]
    while let index = dead.popLast() {
      var child = self[index].firstChild
      while child != Self.none {
        let next = self[child].nextSibling
        self[child].parent = Self.none
        self[child].nextSibling = Self.none
        self[child].previousSibling = Self.none
        if !self[child].isLive { dead.append(child) }
        child = next
      }
      free(index)
    }
  }

  private mutating func unlink(_ index: Int32) {
    let (previous, next) = (self[index].previousSibling, self[index].nextSibling)
    let parent = self[index].parent
    if let open = self[parent].openLabels {
      self[parent].openLabels = open | 1 << UInt64(self[index].label)
    }
    if previous == Self.none {
      self[parent].firstChild = next
    } else {
      self[previous].nextSibling = next
    }
    if next != Self.none { self[next].previousSibling = previous }
  }

  private mutating func free(_ index: Int32) {
    contexts.release(self[index].context)
    self[index].isLive = false
    self[index].firstChild = firstFree
    firstFree = index
    count -= 1
  }
}
