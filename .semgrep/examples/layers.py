# ruleid: aws-and-stripe-in-adapters-only
import boto3

# ruleid: aws-and-stripe-in-adapters-only
import botocore.exceptions

# ruleid: aws-and-stripe-in-adapters-only
import stripe as processor

# ruleid: aws-and-stripe-in-adapters-only
from boto3.session import Session

# ruleid: aws-and-stripe-in-adapters-only
from botocore.config import Config

# ruleid: aws-and-stripe-in-adapters-only
from pynamodb.models import Model

# ruleid: aws-and-stripe-in-adapters-only
from stripe import StripeClient

# ok: aws-and-stripe-in-adapters-only
from dunwell.adapters import stripe_processor

# ok: aws-and-stripe-in-adapters-only
from dunwell.ports import Processor


def late():
    # ruleid: aws-and-stripe-in-adapters-only
    import pynamodb.models
