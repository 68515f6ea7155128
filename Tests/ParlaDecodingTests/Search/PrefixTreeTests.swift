import Testing

@testable import ParlaDecoding

@Suite struct PrefixTreeTests {
  @Test func deadNodesStayWhileLiveOnesDescendFromThem() {
    var tree = PrefixTree()
    let a = tree.addChild(label: 0, of: tree.root)
    let ab = tree.addChild(label: 1, of: a)
    tree[a].isLive = false
    tree.freeIfUseless(a)
    #expect(tree.count == 3)
    tree[ab].isLive = false
    tree.freeIfUseless(ab)
    #expect(tree.count == 1)
    #expect(tree[tree.root].firstChild == PrefixTree.none)
  }

  @Test func freedNodesAreUsedAgain() {
    var tree = PrefixTree()
    for label in 0..<100 {
      let node = tree.addChild(label: Int32(label), of: tree.root)
      tree[node].isLive = false
      tree.freeIfUseless(node)
    }
    #expect(tree.nodes.count == 2)
  }

  @Test func childrenAreLinkedAfterAnyOfThemLeaves() {
    for leaving in 0..<3 {
      var tree = PrefixTree()
      let children = (0..<3).map { tree.addChild(label: $0, of: tree.root) }
      tree[children[leaving]].isLive = false
      tree.freeIfUseless(children[leaving])
      var labels: Set<Int32> = []
      var child = tree[tree.root].firstChild
      while child != PrefixTree.none {
        labels.insert(tree[child].label)
        child = tree[child].nextSibling
      }
      #expect(labels == Set([0, 1, 2]).subtracting([Int32(leaving)]))
    }
  }

  @Test func stemEndsAtTheFirstLiveNodeOrFork() {
    var tree = PrefixTree()
    let a = tree.addChild(label: 0, of: tree.root)
    let ab = tree.addChild(label: 1, of: a)
    let abc = tree.addChild(label: 2, of: ab)
    _ = tree.addChild(label: 3, of: ab)
    tree.cutStem()
    #expect(tree.count == 5)
    for node in [tree.root, a, ab, abc] { tree[node].isLive = false }
    tree.cutStem()
    #expect(tree.root == ab)
    tree.freeIfUseless(abc)
    tree.cutStem()
    #expect(tree.count == 1)
    #expect(tree[tree.root].label == 3)
  }

  @Test func roomIsMadeForAQuarterMoreAndForNoUnitsWithoutAScorer() {
    var tree = PrefixTree()
    var last = tree.root
    for label in 0..<10_000 { last = tree.addChild(label: Int32(label % 30), of: last) }
    #expect(tree.nodes.capacity < 13_000)
    #expect(MemoryLayout<PrefixTree.Node>.stride <= 88)
    #expect(tree.units.isEmpty)
    #expect(tree.unit(of: last) == nil)
  }

  @Test func aNodeThatIsUsedAgainHasNoUnit() {
    var tree = PrefixTree()
    let first = tree.addChild(label: 0, of: tree.root)
    let unit = UnitScore(
      word: 1, isKnown: true, naturalLogProbability: -1, ownBoost: 0, boost: 0, penalty: 0)
    tree.setUnit(unit, of: first)
    #expect(tree.unit(of: first) != nil)
    tree[first].isLive = false
    tree.freeIfUseless(first)
    #expect(tree.addChild(label: 1, of: tree.root) == first)
    #expect(tree.unit(of: first) == nil)
  }
}
