from .copies import nearest_training as nearest_training
from .judging import Judged as Judged
from .model_judge import ModelJudge as ModelJudge
from .opening import open_talk as open_talk
from .opening import talk as talk
from .seats import Seat as Seat
from .talks import Talk as Talk
