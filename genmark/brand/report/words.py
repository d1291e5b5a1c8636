"""The fixed texts of the report, in English and Korean."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from genmark.gallery.words import Pair

WORDS: Mapping[str, Pair] = MappingProxyType(
    {
        "title": ("Brand report", "브랜드 보고서"),
        "described": ("How well a model tells brands by their pictures.", "모델이 사진으로 브랜드를 구별하는 정도."),
        "contents": ("Contents", "목차"),
        "headline": ("What was found", "결과 요약"),
        "may": ("May be claimed", "말할 수 있는 것"),
        "may_not": ("May not be claimed, or only with care", "말할 수 없거나 조심해야 할 것"),
        "data": ("The posts", "게시물 데이터"),
        "attributes": ("Attributes", "속성"),
        "attribute": ("Attribute", "속성"),
        "described_attributes": (
            "How well a model tells attributes by pictures.",
            "모델이 사진으로 속성을 알아보는 정도.",
        ),
        "shown": ("Show it", "속성 있음"),
        "by_chance": ("by chance", "우연"),
        "at_most": ("perfect: at most", "완벽한 모델: 최대"),
        "from_on": ("Said from", "기준 확률"),
        "calibration": ("Calibration error", "보정 오차"),
        "attributes_help": (
            "Average precision: how far up the posts that show an attribute are, among the test posts ordered by its "
            "probability. By chance: what orders show that know nothing, whole groups moved together: their mean, and "
            "what 95 in 100 stay below; of few posts, more than the share that shows it. Precision, recall and F1 are "
            "for the probability from which on an attribute is said to be there: the certified one, else 50%. Where "
            "the calibration error is above what a perfect model shows, the probabilities are an order and no shares.",
            "평균 정밀도: 시험용 게시물을 확률순으로 놓았을 때 속성이 있는 게시물이 앞에 오는 정도. 우연: 아무것도 "
            "모르는 순서(묶음 단위로 섞음)의 평균과 95 백분위로, 게시물이 적으면 속성의 비율보다 큽니다. 정밀도, "
            "재현율, F1은 속성이 있다고 답하는 기준 확률에서의 값이며, 인증된 확률이 없으면 50%입니다. 보정 오차가 "
            "완벽한 모델의 값보다 크면 확률을 순서로만 읽으십시오.",
        ),
        "lots": ("Who shows what", "누가 무엇을 보이는가"),
        "lots_help": (
            "Bars: share of the test posts that show an attribute, by their labels. Lines: the same by the model, as "
            "the mean of its probabilities.",
            "막대는 라벨에 따른, 선은 모델에 따른(확률의 평균) 시험용 게시물 중 속성이 있는 비율입니다.",
        ),
        "all_posts": ("All posts", "모든 게시물"),
        "labelled": ("Labelled, all posts", "라벨, 모든 게시물"),
        "labelled_test": ("Labelled, test", "라벨, 시험"),
        "predicted": ("By the model, test", "모델, 시험"),
        "scores": ("Brand by brand", "브랜드별 성능"),
        "trust": ("Can the probabilities be believed?", "확률을 믿을 수 있는가"),
        "cam": ("Where the model looked", "모델이 본 곳"),
        "profile": ("How each brand looks", "브랜드의 시각적 특징"),
        "map": ("All posts on one map", "게시물 지도"),
        "audit": ("Shortcut audit", "지름길 검사"),
        "origin": ("How this was made", "작성 방법"),
        "brand": ("Brand", "브랜드"),
        "posts": ("Posts", "게시물"),
        "train": ("train", "학습"),
        "val": ("val", "검증"),
        "cal": ("cal", "보정"),
        "test": ("test", "시험"),
        "accounts": ("Accounts", "계정"),
        "campaigns": ("Campaigns", "캠페인"),
        "groups": ("Groups", "묶음"),
        "precision": ("Precision", "정밀도"),
        "recall": ("Recall", "재현율"),
        "f1": ("F1", "F1"),
        "support": ("Test posts", "시험 게시물"),
        "auc": ("ROC AUC", "ROC AUC"),
        "ap": ("Average precision", "평균 정밀도"),
        "confusion": ("Confusion matrix", "혼동 행렬"),
        "confusion_help": (
            "Rows are the brands of the posts, columns what they were taken for: count, and share of the row.",
            "행은 게시물의 브랜드, 열은 모델의 답입니다. 개수와 행 안의 비율입니다.",
        ),
        "confused": ("Taken for each other most often", "가장 자주 혼동되는 짝"),
        "truth": ("Brand of the post", "게시물의 브랜드"),
        "answer": ("Taken for", "모델의 답"),
        "count": ("Count", "개수"),
        "roc": ("ROC, each brand against the rest", "ROC, 브랜드별 일대다"),
        "pr": ("Precision and recall, each brand against the rest", "정밀도-재현율, 브랜드별 일대다"),
        "false_rate": ("others let in", "거짓 양성률"),
        "true_rate": ("own found", "참 양성률"),
        "before": ("Before calibration", "보정 전"),
        "after": ("After calibration", "보정 후"),
        "confidence": ("how sure the model is", "모델의 확신"),
        "share_right": ("share that is right", "맞은 비율"),
        "bins": ("The bins after calibration", "보정 후 구간별 수치"),
        "mean_sure": ("mean of that", "평균 확신"),
        "reliability_help": (
            "Bars: share that is right among answers as sure as that; outlined: the gap to what they should be; dark "
            "at the "
            "foot: how many answers.",
            "막대는 그만큼 확신한 답 가운데 맞은 비율, 테두리는 이상적인 값과의 차이, 아래의 진한 부분은 답의 "
            "개수입니다.",
        ),
        "ece": ("Calibration error (ECE)", "보정 오차(ECE)"),
        "ece_null": (
            "the same of a perfect model with as many posts: mean, 95th percentile",
            "완벽한 모델이 같은 개수에서 보이는 값: 평균, 95 백분위",
        ),
        "brier": ("Brier score", "브라이어 점수"),
        "loss": ("Log loss, nats", "로그 손실(nat)"),
        "temperature": ("Temperature", "온도"),
        "thresholds": ("From which probability on can answers be relied on?", "어느 확률부터 답을 믿을 수 있는가"),
        "asked": ("Wanted precision", "원하는 정밀도"),
        "verdict": ("Verdict", "판정"),
        "on_test": ("Then seen on test", "시험에서 관찰"),
        "thresholds_help": (
            "Certified on calibration posts, one of each group, at 95% confidence for each line by itself; the test "
            "posts "
            "took no part in the choice.",
            "보정용 게시물에서 묶음마다 하나씩 뽑아 각 줄을 따로 신뢰수준 95%로 인증했습니다. 시험용 게시물은 쓰지 "
            "않았습니다.",
        ),
        "right": ("Right, and surest", "맞음(가장 확실)"),
        "wrong": ("Wrong, and surest", "틀림(가장 확실)"),
        "typical": ("Most typical", "가장 전형적"),
        "odd": ("Least typical", "가장 덜 전형적"),
        "cam_help": (
            "Each test post with a heat map: bright places speak for the answer under the picture. Typical: features "
            "near "
            "the middle of the brand's train posts.",
            "시험용 게시물과 열지도입니다. 밝은 곳이 사진 아래의 답을 뒷받침합니다. 전형적: 학습용 게시물의 중심에 "
            "가까운 것.",
        ),
        "none": ("none", "없음"),
        "profile_help": (
            "Train posts of a brand against those of all others: Cohen's d with its 95% interval over groups. Filled: "
            "differences that stay after correction for many tests (false discovery rate 5%). No direction is good "
            "or bad.",
            "한 브랜드와 나머지 브랜드의 학습용 게시물 비교: Cohen's d와 묶음 단위 95% 구간. 채워진 점은 다중 비교 "
            "보정 "
            "(FDR 5%) 뒤에도 남는 차이입니다. 어느 방향도 좋거나 나쁘지 않습니다.",
        ),
        "numbers": ("All numbers", "모든 수치"),
        "measure": ("Measure", "항목"),
        "others": ("Others", "나머지"),
        "effect": ("d (95% interval)", "d (95% 구간)"),
        "q": ("q (FDR)", "q (FDR)"),
        "map_help": (
            "Posts that look alike to the network lie near each other (t-SNE; far distances, sizes of clumps and "
            "gaps mean "
            "little). Point at a dot to see its post.",
            "네트워크가 비슷하게 보는 게시물이 가까이 놓입니다(t-SNE. 먼 거리, 덩어리 크기, 간격은 의미가 적습니다). "
            "점을 가리키면 게시물이 보입니다.",
        ),
        "clusters": ("Groups found without brand names", "브랜드 이름 없이 찾은 묶음"),
        "broken": ("Files that could not be read", "읽을 수 없는 파일"),
        "copies": ("The same picture twice", "중복 사진"),
        "suspects": ("Labels to look at again", "다시 볼 라벨"),
        "none_audit": (
            "No shortcut audit was made for this report.",
            "이 보고서에는 지름길 검사가 포함되지 않았습니다.",
        ),
        "english_only": ("", "판정 문장은 영어로만 제공됩니다."),
        "condition": ("What was done to the pictures", "사진에 한 일"),
        "accuracy": ("Accuracy", "정확도"),
        "survives": ("Survives, of what is above chance", "우연 이상 정확도 중 남는 비율"),
        "pictures": ("Pictures", "사진 수"),
        "notes": ("Notes", "참고"),
        "fingerprint": ("Fingerprint of the posts and splits", "게시물과 분할의 지문"),
        "picture_heat": ("heat map", "열지도"),
    }
)

CONDITIONS: Mapping[str, str] = MappingProxyType(
    {
        "as it is": "그대로",
        "marks masked": "로고와 글자를 가림",
        "decoys masked": "다른 곳을 같은 만큼 가림",
        "greyscale": "색을 없앰",
        "palette only": "색만 남김",
        "background removed": "배경을 없앰",
        "subject removed": "피사체를 없앰",
        "equalised": "크기와 JPEG 품질을 통일",
        "frame only": "파일의 비율과 크기만",
        "unknown sources": "처음 보는 계정",
        "known sources": "학습한 계정",
    }
)
"""What an audit did to the pictures, by the name of its row, in Korean; its sentences are in English alone."""

MEASURES: Mapping[str, Pair] = MappingProxyType(
    {
        "brightness": ("brightness", "밝기"),
        "contrast": ("contrast", "대비"),
        "contrast_range": ("contrast, 5 to 95%", "대비 범위"),
        "clarity": ("bright share", "밝은 비율"),
        "saturation": ("saturation", "채도"),
        "saturation_sd": ("spread of saturation", "채도 편차"),
        "hue": ("hue, degrees", "색상(도)"),
        "hue_concentration": ("oneness of hue", "색상 집중도"),
        "hue_count": ("number of hues", "색상 수"),
        "warmth": ("warmth", "따뜻함"),
        "colourfulness": ("colourfulness", "색채 풍부함"),
        "colour_entropy": ("variety of colours", "색 다양성"),
        "edge_density": ("edge density", "윤곽 밀도"),
        "luma_entropy": ("variety of tones", "톤 다양성"),
        "complexity": ("complexity", "복잡도"),
        "fourier_slope": ("Fourier slope", "푸리에 기울기"),
        "sharpness": ("sharpness", "선명도"),
        "negative_space": ("empty space", "여백"),
        "symmetry_sideways": ("symmetry, left-right", "좌우 대칭"),
        "symmetry_upright": ("symmetry, top-bottom", "상하 대칭"),
        "thirds_distance": ("distance to thirds", "삼등분점 거리"),
        "balance": ("balance", "균형"),
        "colour_imbalance": ("colour imbalance", "색 불균형"),
        "figure_share": ("size of subject", "피사체 크기"),
        "figure_contrast": ("subject to ground", "피사체-배경 차이"),
    }
)
