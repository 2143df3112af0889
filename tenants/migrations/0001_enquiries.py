"""Enquiries of the public, the sequence of their references, and the counts of the throttle."""

import datetime
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parks', '0002_supply_register'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            'CREATE SEQUENCE tenants_enquiry_reference', 'DROP SEQUENCE tenants_enquiry_reference'
        ),
        migrations.CreateModel(
            name='Enquiry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(db_default=models.Func(models.Value('tenants_enquiry_reference'), output_field=models.CharField(), template="'ENQ-' || to_char(now() AT TIME ZONE 'Asia/Karachi', 'YYYY') || '-' || to_char(nextval(%(expressions)s::regclass), 'FM9999999900000')"), editable=False, max_length=30, unique=True, verbose_name='reference')),
                ('kind', models.CharField(choices=[('question', 'A question'), ('visit', 'A visit to the park')], max_length=10, verbose_name='kind')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='phone')),
                ('company', models.CharField(blank=True, max_length=150, verbose_name='company')),
                ('preferred_day', models.DateField(blank=True, null=True, verbose_name='preferred day')),
                ('message', models.TextField(max_length=3000, verbose_name='message')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='received')),
                ('form_token', models.UUIDField(editable=False, unique=True)),
                ('state', models.CharField(choices=[('new', 'New'), ('answered', 'Answered'), ('closed', 'Closed')], default='new', max_length=10, verbose_name='state')),
                ('answered_on', models.DateField(blank=True, null=True, verbose_name='answered on')),
                ('staff_note', models.TextField(blank=True, help_text='For staff only; kept in the history.', max_length=2000, verbose_name='note of staff')),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                ('park', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enquiries', to='parks.park', verbose_name='park')),
            ],
            options={
                'verbose_name': 'enquiry',
                'verbose_name_plural': 'enquiries',
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='EnquiryCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client', models.CharField(max_length=64)),
                ('hour', models.DateTimeField()),
                ('taken', models.PositiveSmallIntegerField()),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['hour'], name='enquirycount_by_hour')],
                'constraints': [models.UniqueConstraint(fields=('client', 'hour'), name='enquirycount_once_an_hour')],
            },
        ),
        migrations.CreateModel(
            name='EnquiryEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('reference', models.CharField(db_default=models.Func(models.Value('tenants_enquiry_reference'), output_field=models.CharField(), template="'ENQ-' || to_char(now() AT TIME ZONE 'Asia/Karachi', 'YYYY') || '-' || to_char(nextval(%(expressions)s::regclass), 'FM9999999900000')"), editable=False, max_length=30, verbose_name='reference')),
                ('kind', models.CharField(choices=[('question', 'A question'), ('visit', 'A visit to the park')], max_length=10, verbose_name='kind')),
                ('preferred_day', models.DateField(blank=True, null=True, verbose_name='preferred day')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='received')),
                ('state', models.CharField(choices=[('new', 'New'), ('answered', 'Answered'), ('closed', 'Closed')], default='new', max_length=10, verbose_name='state')),
                ('answered_on', models.DateField(blank=True, null=True, verbose_name='answered on')),
                ('staff_note', models.TextField(blank=True, help_text='For staff only; kept in the history.', max_length=2000, verbose_name='note of staff')),
                ('answered_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='answered by')),
                ('park', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='parks.park', verbose_name='park')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='tenants.enquiry')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='enquiry',
            index=models.Index(fields=['state', 'created_at'], name='enquiry_waiting'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['question', 'visit'])), name='enquiry_kind_known', violation_error_message='Choose a question or a visit.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('name__regex', '[^[:space:]]')), name='enquiry_name_given', violation_error_message='Enter your name.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('name__regex', '[[:cntrl:]]'), _negated=True), name='enquiry_name_one_line', violation_error_message='The name must be one line of plain text.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('phone__regex', '[[:cntrl:]]'), _negated=True), name='enquiry_phone_one_line', violation_error_message='The phone number must be one line of plain text.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('company__regex', '[[:cntrl:]]'), _negated=True), name='enquiry_company_one_line', violation_error_message='The company must be one line of plain text.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('email__regex', '^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$')), name='enquiry_email_shape', violation_error_message='Enter an e-mail address, like name@example.com.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('message__regex', '[^[:space:]]'), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('message'), models.Value(3000))), name='enquiry_message_given', violation_error_message='Write a message of 3,000 characters or fewer.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('preferred_day__isnull', True), ('kind', 'visit'), _connector='OR'), name='enquiry_day_for_a_visit', violation_error_message='A preferred day goes with a visit.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('preferred_day__isnull', True), models.Q(('preferred_day__gte', datetime.date(1900, 1, 1)), ('preferred_day__lte', datetime.date(2200, 12, 31))), _connector='OR'), name='enquiry_day_year', violation_error_message='The year must be from 1900 to 2200.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_by__isnull', True), ('answered_on__isnull', True), ('state', 'new')), models.Q(('answered_by__isnull', True), ('answered_on__isnull', True), ('state', 'closed')), models.Q(('answered_by__isnull', False), ('answered_on__isnull', False), ('state__in', ['answered', 'closed'])), _connector='OR'), name='enquiry_answered_by_someone', violation_error_message='An answered enquiry says by whom and when; a new one says neither.'),
        ),
        migrations.AddConstraint(
            model_name='enquiry',
            constraint=models.CheckConstraint(condition=models.Q(('answered_on__isnull', True), models.Q(('answered_on__gte', datetime.date(1900, 1, 1)), ('answered_on__lte', datetime.date(2200, 12, 31))), _connector='OR'), name='enquiry_answered_year', violation_error_message='The year must be from 1900 to 2200.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='enquiry',
            trigger=pgtrigger.compiler.Trigger(name='enquiry_as_sent', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."company" IS DISTINCT FROM (NEW."company") OR OLD."preferred_day" IS DISTINCT FROM (NEW."preferred_day") OR OLD."message" IS DISTINCT FROM (NEW."message") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."reference" IS DISTINCT FROM (NEW."reference"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='500d45056d0813428f64b784fa8bbc0a36b3b12d', operation='UPDATE', pgid='pgtrigger_enquiry_as_sent_3c750', table='tenants_enquiry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='enquiry',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "tenants_enquiryevent" ("answered_by_id", "answered_on", "created_at", "id", "kind", "park_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferred_day", "reference", "staff_note", "state") VALUES (NEW."answered_by_id", NEW."answered_on", NEW."created_at", NEW."id", NEW."kind", NEW."park_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."preferred_day", NEW."reference", NEW."staff_note", NEW."state"); RETURN NULL;', hash='0d6191b7593c524d95d21ece9fc98cab259aebfc', operation='INSERT', pgid='pgtrigger_insert_insert_0203c', table='tenants_enquiry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='enquiry',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."answered_by_id" IS DISTINCT FROM (NEW."answered_by_id") OR OLD."answered_on" IS DISTINCT FROM (NEW."answered_on") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."park_id" IS DISTINCT FROM (NEW."park_id") OR OLD."preferred_day" IS DISTINCT FROM (NEW."preferred_day") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."staff_note" IS DISTINCT FROM (NEW."staff_note") OR OLD."state" IS DISTINCT FROM (NEW."state"))', func='INSERT INTO "tenants_enquiryevent" ("answered_by_id", "answered_on", "created_at", "id", "kind", "park_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferred_day", "reference", "staff_note", "state") VALUES (NEW."answered_by_id", NEW."answered_on", NEW."created_at", NEW."id", NEW."kind", NEW."park_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."preferred_day", NEW."reference", NEW."staff_note", NEW."state"); RETURN NULL;', hash='c971e8977d377ae9654bf002d65054b6fbc71b1e', operation='UPDATE', pgid='pgtrigger_update_update_947ad', table='tenants_enquiry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='enquiry',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "tenants_enquiryevent" ("answered_by_id", "answered_on", "created_at", "id", "kind", "park_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "preferred_day", "reference", "staff_note", "state") VALUES (OLD."answered_by_id", OLD."answered_on", OLD."created_at", OLD."id", OLD."kind", OLD."park_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."preferred_day", OLD."reference", OLD."staff_note", OLD."state"); RETURN NULL;', hash='68d11522d894695d53f3334f1d4483014bfdb5ac', operation='DELETE', pgid='pgtrigger_delete_delete_b5d43', table='tenants_enquiry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='enquiryevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ccf233ce0d940cb78ff03d712db5e07e2a49b562', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7d16a', table='tenants_enquiryevent', when='BEFORE')),
        ),
    ]
