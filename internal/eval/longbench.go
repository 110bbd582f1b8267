package eval

import "strings"

// Benchmark is a task of a known benchmark: how its lines become questions.
type Benchmark struct {
	Suite     string // LongBench or infinity-Bench
	Task      string // as its file is named
	Metric    string
	MaxTokens int // of an answer
	// Prompt is what the model reads: {context}, {input} and for some tasks of
	// infinity-Bench other words in braces stand for the line's texts. It says in
	// our words what the benchmark's own prompt says; see ReadPrompts.
	Prompt string
	Lead   string // the beginning of the answer
	// FirstLine and Raw are those of Question and Sample.
	FirstLine, Raw bool
}

// English prompts that tasks share.
const (
	passagesPrompt = "Read these passages. You will answer a question about them.\n\n{context}\n\n" +
		"Answer the question from the passages. Give only the answer, without any other word.\n\nQuestion: {input}\nAnswer:"
	codePrompt = "Continue this code with its next line.\n{context}{input}Next line:\n"
)

// LongBench are the tasks of LongBench, with its metrics and lengths of
// answers. Its few-shot and code tasks are completed without a chat template,
// and of answers to few-shot tasks only the first line counts, both as there.
func LongBench() []Benchmark {
	all := []Benchmark{
		{Task: "narrativeqa", Metric: F1, MaxTokens: 128, Prompt: "Below is a story: a novel or the script of a film. Answer a question about it in as few words as you can, and explain nothing.\n\n" +
			"Story: {context}\n\nAnswer this question about the story in as few words as you can, and explain nothing.\n\nQuestion: {input}\n\nAnswer:"},
		{Task: "qasper", Metric: F1, MaxTokens: 128, Prompt: "Below is a scientific article. Answer a question about it with a phrase or one sentence, and explain nothing.\n\nArticle: {context}\n\n" +
			"Answer with a phrase or one sentence. To a question about whether something is so, answer \"yes\" or \"no\". " +
			"Where the article has no answer, write \"unanswerable\". Explain nothing.\n\nQuestion: {input}\n\nAnswer:"},
		{Task: "multifieldqa_en", Metric: F1, MaxTokens: 64, Prompt: "Read this text. You will answer a question about it.\n\n{context}\n\n" +
			"Answer the question from the text. Give only the answer, without any other word.\n\nQuestion: {input}\nAnswer:"},
		{Task: "multifieldqa_zh", Metric: F1Chinese, MaxTokens: 64, Prompt: "请阅读这篇文章，然后用中文简短作答。\n\n{context}\n\n" +
			"请根据文章回答问题，只写答案，不要写别的内容。\n\n问题：{input}\n回答："},
		{Task: "hotpotqa", Metric: F1, MaxTokens: 32, Prompt: passagesPrompt},
		{Task: "2wikimqa", Metric: F1, MaxTokens: 32, Prompt: passagesPrompt},
		{Task: "musique", Metric: F1, MaxTokens: 32, Prompt: passagesPrompt},
		{Task: "dureader", Metric: RougeLChinese, MaxTokens: 128, Prompt: "请阅读这些文章，然后回答一个问题。\n\n文章：{context}\n\n请根据文章作答。\n\n问题：{input}\n回答："},
		{Task: "gov_report", Metric: RougeL, MaxTokens: 512, Prompt: "Summarise this report of a government agency on one page.\n\nReport:\n{context}\n\nWrite the summary of the report, one page long.\n\nSummary:"},
		{Task: "qmsum", Metric: RougeL, MaxTokens: 512, Prompt: "Below is the transcript of a meeting. You will answer a query about it in one or a few sentences.\n\nTranscript:\n{context}\n\n" +
			"Answer the query from the transcript in one or a few sentences.\n\nQuery: {input}\nAnswer:"},
		{Task: "multi_news", Metric: RougeL, MaxTokens: 512, Prompt: "Summarise these news stories together on one page.\n\nNews:\n{context}\n\nWrite the summary of all the news, one page long.\n\nSummary:"},
		{Task: "vcsum", Metric: RougeLChinese, MaxTokens: 512, Prompt: "请阅读这段会议记录，并写一段话总结会议内容。\n\n会议记录：\n{context}\n\n会议总结："},
		{Task: "trec", Metric: Classification, MaxTokens: 64, FirstLine: true, Raw: true, Prompt: "Name the type of the last question, as in the examples before it.\n\n{context}\n{input}"},
		{Task: "triviaqa", Metric: F1, MaxTokens: 32, FirstLine: true, Raw: true, Prompt: "Answer the last question from its passage, as in the examples before it. Give only the answer, without any other word.\n\n{context}\n\n{input}"},
		{Task: "samsum", Metric: RougeL, MaxTokens: 128, FirstLine: true, Raw: true, Prompt: "Summarise the last dialogue in a few short sentences, as in the examples before it.\n\n{context}\n\n{input}"},
		{Task: "lsht", Metric: Classification, MaxTokens: 64, FirstLine: true, Raw: true, Prompt: "请参照例子，判断最后一则新闻的类别。\n\n{context}\n{input}"},
		{Task: "passage_count", Metric: Count, MaxTokens: 32, Prompt: "Below are paragraphs of Wikipedia, some of which come more than once. Find out how many different ones there are.\n\n{context}\n\n" +
			"How many different paragraphs are there, those that come again not counted? Answer with the number alone, such as 1, 2 or 3.\n\nThe answer is: "},
		{Task: "passage_retrieval_en", Metric: Retrieval, MaxTokens: 32, Prompt: "Below are 30 paragraphs of Wikipedia and the summary of one of them. Find out which one it summarises.\n\n{context}\n\n" +
			"This is the summary.\n\n{input}\n\nWrite the number of the paragraph that it summarises, in the form \"Paragraph 1\" or \"Paragraph 2\".\n\nThe answer is: "},
		{Task: "passage_retrieval_zh", Metric: Retrieval, MaxTokens: 32, Prompt: "下面有若干段落和其中一段的摘要，请判断摘要对应哪一段。\n\n{context}\n\n摘要如下。\n\n{input}\n\n" +
			"请写出对应段落的编号，格式如\"段落1\"、\"段落2\"。\n\n答案是："},
		{Task: "lcc", Metric: EditSimilarity, MaxTokens: 64, Raw: true, Prompt: strings.Replace(codePrompt, "{input}", "", 1)},
		{Task: "repobench-p", Metric: EditSimilarity, MaxTokens: 64, Raw: true, Prompt: codePrompt},
	}
	for i := range all {
		all[i].Suite = "LongBench"
	}
	return all
}
