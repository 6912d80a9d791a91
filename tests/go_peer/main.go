// Command go_peer judges a journal with golang.org/x/mod/sumdb, which shares no code with ours.
// It reads one JSON request on stdin and writes one JSON answer on stdout.
// It believes only the size and the root in the note that the verifier key signed.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type record struct {
	Index int64       `json:"index"`
	Leaf  []byte      `json:"leaf"`
	Proof []tlog.Hash `json:"proof"`
}

type extension struct {
	Old     int64       `json:"old"`
	New     int64       `json:"new"`
	OldRoot tlog.Hash   `json:"old_root"`
	NewRoot tlog.Hash   `json:"new_root"`
	Proof   []tlog.Hash `json:"proof"`
}

type tileName struct {
	Level int   `json:"level"`
	N     int64 `json:"n"`
	Width int   `json:"width"`
}

type request struct {
	Vkey    string      `json:"vkey"`
	Note    string      `json:"note"`
	Records []record    `json:"records"`
	Trees   []extension `json:"trees"`
	// Leaves: every entry, for Go to grow a tree of its own.
	Leaves       [][]byte   `json:"leaves"`
	ProveRecords [][2]int64 `json:"prove_records"`
	ProveTrees   [][2]int64 `json:"prove_trees"`
	ReadTiles    []tileName `json:"read_tiles"`
	NameTiles    []tileName `json:"name_tiles"`
	// Tiles: our files by Go's names; Go proves FromTiles out of them and of nothing else.
	Tiles     map[string][]byte `json:"tiles"`
	FromTiles []int64           `json:"from_tiles"`
}

type answer struct {
	NoteError    string        `json:"note_error"`
	Size         int64         `json:"size"`
	Root         tlog.Hash     `json:"root"`
	Records      []bool        `json:"records"`
	Trees        []bool        `json:"trees"`
	RecordProofs [][]tlog.Hash `json:"record_proofs"`
	TreeProofs   [][]tlog.Hash `json:"tree_proofs"`
	Tiles        [][]byte      `json:"tiles"`
	Names        []string      `json:"names"`
	TilesError   string        `json:"tiles_error"`
	FromTiles    [][]tlog.Hash `json:"from_tiles"`
}

func main() {
	var asked request
	must(json.NewDecoder(os.Stdin).Decode(&asked))
	var said answer
	if err := judge(&asked, &said); err != nil {
		said.NoteError = err.Error()
	}
	prove(&asked, &said)
	for _, t := range asked.NameTiles {
		said.Names = append(said.Names, tlog.Tile{H: tileHeight, L: t.Level, N: t.N, W: t.Width}.Path())
	}
	must(json.NewEncoder(os.Stdout).Encode(said))
}

// judge opens the note, and checks proofs against what it says.
func judge(asked *request, said *answer) error {
	verifier, err := note.NewVerifier(asked.Vkey)
	if err != nil {
		return err
	}
	opened, err := note.Open([]byte(asked.Note), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	head, err := readHead(opened.Text, verifier.Name())
	if err != nil {
		return err
	}
	said.Size, said.Root = head.N, head.Hash
	for _, r := range asked.Records {
		err := tlog.CheckRecord(r.Proof, head.N, head.Hash, r.Index, tlog.RecordHash(r.Leaf))
		said.Records = append(said.Records, err == nil)
	}
	for _, t := range asked.Trees {
		err := tlog.CheckTree(t.Proof, t.New, t.NewRoot, t.Old, t.OldRoot)
		said.Trees = append(said.Trees, err == nil)
	}
	if err := proveFromTiles(asked, head, said); err != nil {
		said.TilesError = err.Error()
	}
	return nil
}

func readHead(text, origin string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[3] != "" {
		return tlog.Tree{}, errors.New("not a checkpoint of that log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// prove grows a tree from the entries alone, and proves what is asked.
func prove(asked *request, said *answer) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for n, leaf := range asked.Leaves {
		hashes, err := tlog.StoredHashes(int64(n), leaf, reader)
		must(err)
		stored = append(stored, hashes...)
	}
	for _, pair := range asked.ProveRecords {
		proof, err := tlog.ProveRecord(pair[1], pair[0], reader)
		must(err)
		said.RecordProofs = append(said.RecordProofs, proof)
	}
	for _, pair := range asked.ProveTrees {
		proof, err := tlog.ProveTree(pair[1], pair[0], reader)
		must(err)
		said.TreeProofs = append(said.TreeProofs, proof)
	}
	for _, t := range asked.ReadTiles {
		data, err := tlog.ReadTileData(tlog.Tile{H: tileHeight, L: t.Level, N: t.N, W: t.Width}, reader)
		must(err)
		said.Tiles = append(said.Tiles, data)
	}
}

// proveFromTiles has Go's own client read our tiles; it refuses tiles that do not amount to the signed root.
func proveFromTiles(asked *request, head tlog.Tree, said *answer) error {
	reader := tlog.TileHashReader(head, folder(asked.Tiles))
	for _, index := range asked.FromTiles {
		proof, err := tlog.ProveRecord(head.N, index, reader)
		if err != nil {
			return err
		}
		said.FromTiles = append(said.FromTiles, proof)
	}
	return nil
}

type folder map[string][]byte

func (f folder) Height() int { return tileHeight }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, t := range tiles {
		content, ok := f[t.Path()]
		if !ok {
			return nil, fmt.Errorf("no file %s", t.Path())
		}
		data = append(data, content)
	}
	return data, nil
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "go_peer:", err)
		os.Exit(1)
	}
}
